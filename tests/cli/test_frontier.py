"""frontier from the command line."""

from __future__ import annotations

import json

import pytest

TRADE = "myerson-satterthwaite-1983/uniform-6"
PARTNERS = "cramton-gibbons-klemperer-1987/boundary-shares"


def test_a_share_is_said_exactly(mechopt):
    done = mechopt("frontier", PARTNERS, "--share", "senior")
    assert (done.status, done.err) == (0, "")
    assert "possible exactly for a share of senior from 19/180 = 0.105556 to 161/180 = 0.894444" in done.out
    assert "below and above prices exclude efficiency" in done.out


def test_where_every_share_will_do_nothing_is_said_to_be_excluded(mechopt):
    """Five points a side are the knife edge of docs/model.md: even an owner can sell efficiently, and less ownership helps."""
    done = mechopt("frontier", "myerson-satterthwaite-1983/uniform-5", "--share", "seller")
    assert done.out.startswith("possible for a share of seller from 0 to 1\n")
    assert "exclude" not in done.out


def test_json_has_the_prices(mechopt, tmp_path):
    path = tmp_path / "frontier.json"
    done = mechopt("frontier", PARTNERS, "--vary", "agents.senior.share=0:1", "--set", "agents.junior.share=0", "--subsidy", "--json", "-o", path)
    data = json.loads(done.out)
    assert path.read_text() == done.out
    assert (data["parameter"], data["start"]["exact"]) == ("agents.senior.share", "0")
    assert data["above"] is None or data["above"]["certificate"]["objective"] == "surplus"
    assert [point["at"]["exact"] for point in data["curve"]][::-1][0] == "1"


def test_a_trade_off_lists_its_breakpoints(mechopt):
    done = mechopt("frontier", TRADE, "--trade-off", "welfare-subsidy")
    assert done.status == 0
    assert [line.split()[1] for line in done.out.splitlines()[-2:]] == ["5/216", "0"]


def test_where_types_move_there_is_a_trade_off_and_nothing_to_own(mechopt):
    trade = "yoon-2015/kept-half-the-time"
    done = mechopt("frontier", trade, "--trade-off", "welfare-revenue")
    assert done.out.startswith("the best welfare for every revenue")
    for asked in (("--share", "seller"), ("--rights",), ("--best-rights", "solve"), ("--vary", "environment.discount=0:1/2")):
        refused = mechopt("frontier", trade, *asked)
        assert (refused.status, refused.out, refused.err.count("\n")) == (2, "", 1)
        assert "nobody has shares or outside options that could move; ask for --trade-off here" in refused.err


def test_the_best_rights_and_all_rights(mechopt):
    assert "no property rights are better than these: value 25/216" in mechopt("frontier", TRADE, "--best-rights", "certify").out
    assert json.loads(mechopt("frontier", TRADE, "--best-rights", "solve", "--json").out)["value"]["exact"] == "143/216"
    shown = mechopt("frontier", TRADE, "--rights").out
    assert "possible for exactly the property rights between these" in shown
    assert "23/24" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "choose one of --share, --vary, --rights, --best-rights and --trade-off"),
        (("--share", "seller", "--rights"), "choose one of"),
        (("--rights", "--subsidy"), "--subsidy needs --share or --vary"),
        (("--share", "seler"), f"{TRADE}: there is no agent 'seler'; did you mean 'seller'"),
        (("--vary", "agents.seller.values.points=2:6"), "use `mechopt sweep`"),
    ],
)
def test_what_is_asked_wrongly_is_said_on_one_line(mechopt, arguments, message):
    done = mechopt("frontier", TRADE, *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1
