"""Pictures: the stored image, the words on them, and what they refuse to show."""

from __future__ import annotations

import builtins
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

import mechopt as mo
from mechopt.errors import MissingExtraError, PictureError
from mechopt.files.problem_file import load
from mechopt.files.saved_certificate import certificate_from_dict
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray
from mechopt.report.pictures.allocation import allocation_map
from mechopt.report.pictures.boundaries import boundaries_of
from mechopt.report.pictures.convergence import convergence_curve
from mechopt.report.pictures.dynamic import condition_curves
from mechopt.report.pictures.frontiers import draw_property_rights
from mechopt.report.pictures.incentives import incentive_graph
from mechopt.report.pictures.interim import interim_allocation, interim_payments, interim_payoffs
from mechopt.report.pictures.property_rights import property_rights_simplex
from mechopt.report.pictures.registry import PICTURES
from mechopt.report.pictures.render import figure, format_of, rendered
from mechopt.report.pictures.scene import DynamicScene, Scene
from mechopt.report.pictures.style import LOOK, brightness, matplotlib
from mechopt.report.pictures.trade_off import trade_off_curve
from mechopt.report.pictures.virtual import virtual_value_curves
from mechopt.theory.bilateral_trade_uniform import grid_budget_surplus, grid_first_best, grid_second_best
from tests.report.drawn import FOLDER, drawn, solved, trade
from tests.report.drawn import PICTURES as STORED

TOLERANCE = 2.5  # root mean square over 0 to 255; a line elsewhere moves it above 10, another version of matplotlib hardly


def axes_of_a_new_figure():
    return Figure().subplots()


def words(axes) -> str:
    return "\n".join(text.get_text() for text in axes.figure.findobj(Text) if text.get_text())


def difference(name: str, path: Path) -> str | None:
    drawn(name).savefig(path)
    return compare_images(str(FOLDER / f"{name}.png"), str(path), TOLERANCE)


@pytest.mark.parametrize("name", STORED)
def test_a_picture_looks_like_the_stored_image(name, tmp_path):
    assert difference(name, tmp_path / f"{name}.png") is None


def test_another_mechanism_does_not_look_like_the_stored_image(tmp_path, monkeypatch):
    monkeypatch.setitem(
        STORED, "allocation", lambda axes: allocation_map(axes, mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 5), mo.uniform(0, 1, 5))).mechanism)
    )
    assert difference("allocation", tmp_path / "allocation.png") is not None


def test_the_map_of_an_allocation_shows_its_probabilities_and_names_the_agents():
    axes = allocation_map(axes_of_a_new_figure(), solved().mechanism, None, boundaries_of(trade()))
    # Row: the buyer's value, column: the seller's.
    shown = axes.collections[0].get_array().reshape(6, 6)
    assert shown[5][0] == 1
    assert shown[0][5] == 0
    assert shown.T.tolist() == solved().mechanism.allocation[..., 1].floats().tolist()
    for expected in (
        "value of seller (money)",
        "value of buyer (money)",
        "probability that buyer holds the object",
        "trade from a gap of 1/4",
        "first best",
    ):
        assert expected in words(axes)


def test_the_curves_are_the_interim_allocation():
    axes = interim_allocation(axes_of_a_new_figure(), solved().mechanism)
    buyer = next(line for line in axes.lines if line.get_label() == "buyer")
    assert buyer.get_ydata().tolist() == solved().mechanism.interim_allocation(1)[:, 1].floats().tolist()
    assert buyer.get_xdata().tolist() == [float(value) for value in trade().environment.agents[1].values]


def test_agents_who_are_alike_share_a_curve():
    result = mo.solve(mo.single_item_auction([mo.uniform(0, 1, 2)] * 4), objective="revenue")
    symmetric = result.mechanism
    axes = interim_payoffs(axes_of_a_new_figure(), symmetric)
    assert len([line for line in axes.lines if "outside" not in line.get_label()]) <= 4
    axes = virtual_value_curves(axes_of_a_new_figure(), result.problem.environment)
    assert "bidder 1 and 3 alike" in words(axes)


def test_virtual_values_are_drawn_raw_and_ironed():
    # Values 2, 3, 6 with probabilities 1/2, 1/8, 3/8: raw 1, -6, 6; the first two are pooled at (1/2 - 6/8)/(5/8) = -2/5.
    buyer = mo.Grid((Fraction(2), Fraction(3), Fraction(6)), (Fraction(1, 2), Fraction(1, 8), Fraction(3, 8)))
    axes = virtual_value_curves(axes_of_a_new_figure(), mo.single_item_auction([buyer]))
    heights = {line.get_label(): [float(height) for height in line.get_ydata()] for line in axes.lines}
    assert heights["virtual value of bidder 1, raw"] == [1, -6, 6]
    assert heights["virtual value of bidder 1, ironed"] == [-0.4, -0.4, 6]


def test_the_owner_has_virtual_costs():
    # One owner with costs 1 and 2, equally likely: buying the higher type out raises what the lower one gets: 2 + (2 - 1) = 3.
    trade = mo.bilateral_trade(seller=mo.two_types(1, 2), buyer=mo.two_types(0, 3))
    axes = virtual_value_curves(axes_of_a_new_figure(), trade, "seller")
    assert next(line for line in axes.lines if line.get_label() == "virtual cost of seller").get_ydata().tolist() == [1, 3]


def test_the_incentive_graph_shows_the_prices_of_the_certificate():
    axes = incentive_graph(axes_of_a_new_figure(), solved().certificate)
    binding = sum(1 for pairs in solved().certificate.incentive for price in pairs.prices.fractions() if price)
    assert len(axes.patches) == binding
    assert "seller" in words(axes)


def test_the_border_of_property_rights_is_where_the_closed_form_is_zero():
    axes = property_rights_simplex(axes_of_a_new_figure(), ["Ann", "Bob", "Cleo"])
    border = next(line for line in axes.lines if line.get_label() == "border, uniform continuum")
    for x, y in zip(border.get_xdata(), border.get_ydata(), strict=True):
        third = y * 2 / 3**0.5
        shares = (1 - third - (x - third / 2), x - third / 2, third)
        total = sum(max(share, 0) ** 1.5 for share in shares)
        assert total == pytest.approx(3 / 4, abs=1e-6) or (total < 3 / 4 and min(shares) == pytest.approx(0, abs=1e-9))


def test_closed_forms_draw_lines_only_where_they_hold():
    assert boundaries_of(load("myerson-satterthwaite-1983/uniform-6", ["design.budget=none"])) == ()
    assert boundaries_of(load("myerson-satterthwaite-1983/beta")) == ()
    (broker,) = boundaries_of(load("myerson-satterthwaite-1983/uniform-6", ["design.objective=revenue", "design.budget=none"]))
    assert broker.points == ((0.0, 0.5), (0.5, 1.0))
    robust = ["design.incentive=dsic", "design.participation=ex-post-ir"]
    (posted,) = boundaries_of(load("myerson-satterthwaite-1983/uniform-6", robust))
    assert posted.points == ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0))
    auction = mo.Problem(mo.single_item_auction([mo.uniform(0, 2, 4)] * 2), mo.Design(objective="revenue", budget="none"))
    assert [line.points[0] for line in boundaries_of(auction)] == [(1.0, 0.0), (0.0, 1.0)]
    good = mo.Problem(mo.public_good({"Ann": mo.uniform(0, 1, 4), "Bob": mo.uniform(0, 1, 4)}, cost=1))
    ((start, end),) = [line.points for line in boundaries_of(good)]
    assert start == pytest.approx((0.25, 1.0))
    assert end == pytest.approx((1.0, 0.25))


def test_a_saved_certificate_is_read_back_as_it_was():
    for settings in ([], ["design.incentive=dsic", "design.participation=ex-post-ir"], ["design.participation=ex-ante-ir"]):
        result = mo.solve(load("myerson-satterthwaite-1983/uniform-5", settings))
        assert certificate_from_dict(result.certificate.to_dict(), result.problem).to_dict() == result.certificate.to_dict()


def test_a_name_is_never_read_as_a_formula_or_as_markup():
    name = r"$\frac{a$<script>alert(1)</script>"
    agents = {name: mo.uniform(0, 1, 2), "Bob & $x$": mo.uniform(0, 1, 2)}
    problem = mo.Problem(mo.object_environment(agents, {name: "1/2", "Bob & $x$": "1/2"}))
    text = rendered(figure(PICTURES["allocation"], Scene(problem, mo.solve(problem))), "svg").decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_same_picture_gives_the_same_file():
    scene = Scene(trade())
    for ending in ("svg", "pdf"):
        assert rendered(figure(PICTURES["virtual-values"], scene), ending) == rendered(figure(PICTURES["virtual-values"], scene), ending)


def test_curves_and_areas_differ_in_grey():
    def luminance(color: str) -> float:
        red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    assert len({(str(look.dashes), look.marker) for look in LOOK}) == len(LOOK)
    assert max(luminance(look.color) for look in LOOK) < 170
    shades = [brightness()(level)[:3] for level in (0.0, 0.25, 0.5, 0.75, 1.0)]
    greys = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in shades]
    assert greys == sorted(greys, reverse=True)
    assert len(set(greys)) == 5


def test_of_many_agents_that_differ_some_are_shown_from_the_first_to_the_last():
    """Nothing is gone through profile by profile: there are 4^30 of them."""
    values = {f"owner {k}": mo.uniform(Fraction(k, 90), 1 + Fraction(k, 90), 4) for k in range(30)}
    problem = mo.Problem(mo.object_environment(values, dict.fromkeys(values, Fraction(1, 30))))
    mechanism = mo.certify(problem).mechanism
    shown = ["owner 0", "owner 6", "owner 12", "owner 17", "owner 23", "owner 29"]
    for draw in (interim_allocation, interim_payments, interim_payoffs):
        labels = [text.get_text() for text in draw(axes_of_a_new_figure(), mechanism).get_legend().get_texts()]
        assert [name for name in labels if "outside" not in name] == shown
    axes = virtual_value_curves(axes_of_a_new_figure(), problem.environment)
    assert axes.get_legend().get_title().get_text() == "3 of 30 agents that differ"
    assert [text.get_text() for text in axes.get_legend().get_texts()][-2:] == ["virtual cost of owner 29", "value"]


def test_pictures_refuse_what_they_cannot_show():
    axes = axes_of_a_new_figure()
    three = mo.solve(mo.single_item_auction([mo.uniform(0, 1, 2)] * 3))
    with pytest.raises(PictureError, match="needs two agents, and there are 3"):
        allocation_map(axes, three.mechanism)
    with pytest.raises(PictureError, match="outcome 'buyr' is unknown; did you mean 'buyer'"):
        allocation_map(axes, solved().mechanism, "buyr")
    with pytest.raises(PictureError, match="agent 'selller' is unknown; did you mean 'seller'"):
        interim_allocation(axes, solved().mechanism, "selller")
    with pytest.raises(PictureError, match="independent types"):
        virtual_value_curves(axes, load("mcafee-reny-1992/correlated-trade").environment)
    with pytest.raises(PictureError, match="needs three agents, and there are 2"):
        draw_property_rights(axes, Scene(trade()))
    with pytest.raises(PictureError, match="own 0 of the object"):
        draw_property_rights(axes, Scene(three.problem))
    with pytest.raises(PictureError, match="two grids or more"):
        convergence_curve(axes, [2], [1.0], 1.0, quantity="surplus")
    with pytest.raises(PictureError, match="at least one breakpoint"):
        trade_off_curve(axes, [], across="revenue", up="welfare")
    with pytest.raises(PictureError, match="the answer has none"):
        PICTURES["allocation"].draw(axes, Scene(trade()))
    with pytest.raises(PictureError, match=r"ends in \.png, \.pdf or \.svg"):
        format_of("trade.jpeg")


def test_a_missing_matplotlib_names_the_extra(monkeypatch):
    found = builtins.__import__

    def without(name, *rest, **named):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return found(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"the extra mechopt\[plot\]; install it with: pip install matplotlib"):
        matplotlib()


def test_of_identical_units_every_agent_has_one_curve_which_says_how_often_she_is_served():
    # Of three agents, at every profile, the first and the second are served with 3/4, the first and the third with 1/4.
    environment = load("vickrey-1961/two-units").environment
    chances = RationalArray.from_fractions([Fraction(k, 4) for k in (0, 0, 0, 0, 3, 1, 0)] * 27, (3, 3, 3, 7))
    axes = interim_allocation(axes_of_a_new_figure(), Mechanism(environment, chances, RationalArray.full((3, 3, 3, 3))))
    assert [line.get_ydata().tolist() for line in axes.lines] == [[chance] * 3 for chance in (1, 3 / 4, 1 / 4)]
    assert axes.get_ylabel() == "probability with which the type is served"


def test_of_many_outcomes_the_likeliest_are_drawn_and_the_others_added_up():
    # Seven outcomes with probabilities 1/28, ..., 7/28 at every profile: the first two are the least likely. One costs more, so that
    # who is served is not all that counts.
    environment = load("vickrey-1961/two-units").environment
    environment = replace(environment, cost=RationalArray.of([1, 0, 0, 0, 0, 0, 0]))
    chances = RationalArray.from_fractions([Fraction(k, 28) for k in range(1, 8)] * 27, (3, 3, 3, 7))
    axes = interim_allocation(axes_of_a_new_figure(), Mechanism(environment, chances, RationalArray.full((3, 3, 3, 3))))
    assert [line.get_label() for line in axes.lines] == [*environment.outcomes[2:], "2 other outcomes"]
    assert axes.lines[-1].get_ydata().tolist() == pytest.approx([3 / 28] * 3)


def test_both_sides_of_the_dynamic_condition_meet_at_the_critical_discount_factor():
    # Types kept half the time: 1/(2 - 1/2) = 2/3 (Yoon 2015).
    scene = DynamicScene(mo.load("yoon-2015/kept-half-the-time"))
    axes = PICTURES["dynamic-condition"].draw(axes_of_a_new_figure(), scene)
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["critical: 0.6667"].get_xdata()[0] == pytest.approx(2 / 3)
    discounts = lines["largest fees"].get_xdata()
    suffice = lines["largest fees"].get_ydata() >= lines["deficit of the pivot payments"].get_ydata()
    assert [bool(enough) for enough in suffice] == [bool(discount > 2 / 3) for discount in discounts]


def test_pictures_are_about_types_that_move_or_do_not():
    with pytest.raises(PictureError, match="payoffs does not apply where types move"):
        figure(PICTURES["payoffs"], DynamicScene(mo.load("yoon-2015/kept-half-the-time")))
    with pytest.raises(PictureError, match="dynamic-condition does not apply where types do not move"):
        figure(PICTURES["dynamic-condition"], Scene(trade()))
    with pytest.raises(PictureError, match="both sides for each"):
        condition_curves(axes_of_a_new_figure(), [0, 0.5], [1, 1], [1])


def test_the_trade_off_passes_through_the_second_best_and_the_subsidised_first_best():
    axes = PICTURES["trade-off"].draw(axes_of_a_new_figure(), Scene(trade()))
    frontier = axes.lines[0]
    points = dict(zip(frontier.get_xdata().tolist(), frontier.get_ydata().tolist(), strict=True))
    stay = Fraction(1, 2)  # the seller's mean value
    assert points[0.0] == pytest.approx(float(stay + grid_second_best(6)))
    assert points[float(grid_budget_surplus(6))] == pytest.approx(float(stay + grid_first_best(6)))


def test_the_region_of_property_rights_contains_equal_shares():
    # Equal partnerships can always be dissolved (Cramton, Gibbons and Klemperer 1987).
    problem = mo.Problem(mo.partnership(["1/3"] * 3, mo.two_types(0, 1, "1/2")))
    axes = PICTURES["property-rights"].draw(axes_of_a_new_figure(), Scene(problem))
    assert axes.patches[-1].get_path().contains_point((0.5, 3**0.5 / 6))
    assert "efficient dissolution possible, this grid" in words(axes)
