"""Everything that is wrong with a file is one line that names file, key, value and what would be right."""

from __future__ import annotations

import re

import pytest

from mechopt.errors import ProblemFileError
from mechopt.files.problem_file import load, problem_from_document
from mechopt.files.settings import apply

SELLER = 'name = "seller"\nvalues = [0, 0.1, "2/3"]\nprior = ["1/2", 0.25, "1/4"]\nshare = 1\n'
BUYER = '{ distribution = "uniform", low = 0, high = 1, points = 2 }'


def refusal(path, settings=()):
    with pytest.raises(ProblemFileError) as caught:
        load(path, settings)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert str(path) in message
    return message


WRONG_TRADES = [
    # what is replaced, by what, what the message says
    ('"1/2", 0.25, "1/4"', '"1/2", 0.25, "1/6"', "agents.seller.prior sums to 11/12; probabilities must sum to exactly 1"),
    ('"1/2", 0.25, "1/4"', '"3/2", -0.75, "1/4"', "agents.seller.prior contains -3/4; probabilities must not be negative"),
    ('"1/2", 0.25, "1/4"', '"1/2", "1/2"', "agents.seller.prior has 2 entries; write one per type, 3"),
    ('prior = ["1/2", 0.25, "1/4"]', "prior = []", "agents.seller.prior is an empty list; write a list of numbers"),
    ('prior = ["1/2", 0.25, "1/4"]', 'prior = "1/3"', "agents.seller.prior is '1/3'; write a list of numbers"),
    ('[0, 0.1, "2/3"]', "[]", "agents.seller.values is an empty list; write a list of numbers"),
    ('[0, 0.1, "2/3"]', '"high"', "agents.seller.values is 'high'; write a list of numbers"),
    ('[0, 0.1, "2/3"]', "[[0, 1], 1, 2]", "agents.seller.values, entry 1 is a list; write a number"),
    ("0.1", "true", "agents.seller.values, entry 2 is true; write a number"),
    ("0.1", "nan", "agents.seller.values, entry 2 is nan; write a finite number"),
    ("0.1", "-inf", "agents.seller.values, entry 2 is -inf; write a finite number"),
    ("0.1", '"1/0"', "agents.seller.values, entry 2 is '1/0'; a denominator of zero"),
    ("0.1", '"one"', "agents.seller.values, entry 2 is 'one'; write a finite number such as 3, 0.25"),
    ("0.1", "1e999999999", r"agents.seller.values, entry 2 is 1e999999999; numbers beyond 10\^"),
    ("0.1", "1e9999999999999999999", "agents.seller.values, entry 2 is 1e9999999999999999999; its exponent is too large"),
    ("0.1", "1e150", r"agents.seller.values, entry 2 is 1e150; numbers beyond 10\^100 are refused"),
    ("0.1", '"1/' + "7" * 5000 + '"', "agents.seller.values, entry 2 .* numbers of more than 400 digits are refused"),
    ("0.1", "1979-05-27", "agents.seller.values, entry 2 is 1979-05-27; write a number"),
    ("share = 1", "share = -1", "agents.seller.share is -1; a property right is not negative"),
    ("share = 1", "share = 1\noutside = 0", "agents.seller.share and agents.seller.outside both say"),
    ("share = 1", "outside = [0, 1]", "agents.seller.outside has 2 entries; write one per type, 3"),
    ("share = 1", 'outside = { outcome = "seler" }', "agents.seller.outside.outcome is 'seler'; did you mean 'seller'"),
    ("share = 1", "outside = { outcom = 1 }", "agents.seller.outside.outcom is not a known key; did you mean 'outcome'"),
    ("share = 1", "shar = 1", "agents.seller.shar is not a known key where kind is \"object\"; did you mean 'share'"),
    ("share = 1", "utility = [[1]]", 'agents.seller.utility is not a known key where kind is "object"; known: name, copies, values'),
    ("share = 1", 'types = ["a", "b"]', "agents.seller.types has 2 entries; write one per value, 3"),
    ("share = 1", 'types = ["a", "b", "a"]', "agents.seller.types: the name 'a' stands twice"),
    ("share = 1", "types = [1, 2, 3]", "agents.seller.types, entry 1 is 1; write a string in quotes"),
    ("share = 1", 'types = "abc"', "agents.seller.types is 'abc'; write a list of names"),
    ("share = 1", 'types = ["", "b", "c"]', "agents.seller.types, entry 1 is ''; a name is not empty"),
    ("share = 1", r'types = ["a\u001b[31m", "b", "c"]', "no line breaks or control characters"),
    ('name = "buyer"', 'name = "seller"', "agents: the name 'seller' stands twice"),
    ('name = "buyer"', "", "agents, entry 2: the key name is missing"),
    ('name = "buyer"', "name = 3", "agents, entry 2: name is 3; write a string"),
    ('name = "buyer"', 'name = "buyer"\ncopies = 0', "agents.buyer.copies is 0; write an integer from 1 to"),
    ('name = "buyer"', 'name = "buyer"\ncopies = 1_000_000_000', "agents.buyer.copies is 1000000000; write an integer from 1 to"),
    ('name = "buyer"', 'name = "buyer"\ncopies = 2.0', "agents.buyer.copies is 2.0; write an integer"),
    ('name = "buyer"', 'name = "buyer"\ncopies = true', "agents.buyer.copies is true; write an integer"),
    (f"values = {BUYER}", "", r"agents.buyer.values is missing; write values = \[0, 1\] or"),
    (BUYER, '{ distribution = "unifrom", points = 2 }', "agents.buyer.values: distribution 'unifrom' is unknown; did you mean 'uniform'"),
    (BUYER, '{ distribution = "uniform", low = 0 }', "agents.buyer.values.points is missing"),
    (BUYER, '{ distribution = "uniform", pionts = 2 }', "agents.buyer.values.pionts is not a known key; did you mean 'points'"),
    (BUYER, "{ points = 2 }", "agents.buyer.values.distribution is missing"),
    (BUYER, "{ distribution = 3, points = 2 }", "agents.buyer.values.distribution is 3; write a string"),
    (BUYER, '{ distribution = "uniform", points = 2.5 }', "agents.buyer.values.points is 2.5; write an integer"),
    (BUYER, '{ distribution = "uniform", points = 0 }', "agents.buyer.values: points is 0; write an integer from 1"),
    (BUYER, '{ distribution = "uniform", points = 1000000000000 }', "agents.buyer.values: points is 1000000000000; write an integer from 1"),
    (BUYER, '{ distribution = "uniform", low = 1, high = 0, points = 2 }', "agents.buyer.values: high is 0 and low is 1; high must be above low"),
    (BUYER, '{ distribution = "uniform", low = "x", points = 2 }', "agents.buyer.values.low is 'x'; write a finite number"),
    (BUYER, '{ distribution = "beta", a = 2, points = 2 }', "agents.buyer.values: distribution 'beta' needs the parameter 'b'"),
    (BUYER, '{ distribution = "beta", a = 2, b = 2, c = 3, points = 2 }', "agents.buyer.values: distribution 'beta' has no parameter 'c'"),
    (BUYER, '{ distribution = "beta", a = -2, b = 2, points = 2 }', "agents.buyer.values: distribution 'beta' does not allow the parameters"),
    (BUYER, '{ distribution = "beta", a = 2, b = 2, low = 0, high = 10, points = 6 }', "agents.buyer.values: .* or stretch it with scale = 10"),
    (BUYER, '{ distribution = "norm", points = 2 }', "agents.buyer.values: distribution 'norm' has no bounded support; give low and high"),
    (BUYER, f'{BUYER}\nprior = ["1/2", "1/2"]', "agents.buyer.prior: values from a distribution bring their probabilities"),
    ('kind = "object"', 'kind = "objekt"', "environment.kind is 'objekt'; did you mean 'object'"),
    ('kind = "object"', "kind = 1", "environment.kind is 1; known: object, public-good"),
    ('kind = "object"', "", "environment.kind is missing"),
    ('kind = "object"', 'kind = "dynamic"', 'design: where environment.kind is "dynamic" what is asked of mechanisms is fixed'),
    ('kind = "object"', 'kind = "object"\ncosts = 1', "environment.costs is not a known key; did you mean 'cost'"),
    ('kind = "object"', 'kind = "object"\ncost = 1', "environment.cost is 1; write a list with one entry per outcome"),
    ('kind = "object"', 'kind = "object"\ncost = [1, 2]', "environment.cost has 2 entries; write one per outcome, 3"),
    ('kind = "object"', 'kind = "object"\noutcomes = ["a", "b"]', 'environment.outcomes: kind "object" has the outcomes seller, buyer, nobody'),
    ('[environment]\nkind = "object"', "", r"the table \[environment\] is missing"),
    ('[environment]\nkind = "object"', "environment = 3", "environment is 3; write a table with kind"),
    ("[environment]", "price = 3\n[environment]", "price is not a known key; did you mean 'prior'. .known: name, source, environment"),
    ("[environment]", "[enviroment]", "enviroment is not a known key; did you mean 'environment'"),
    ('name = "Trade"', "name = 3", "name is 3; write a string"),
    ('budget = "no-deficit"', 'budget = "no deficit"', "design.budget is 'no deficit'; did you mean 'no-deficit'"),
    ('budget = "no-deficit"', "budget = [1]", "design.budget is a list; known: balanced, no-deficit"),
    ('budget = "no-deficit"', 'bugdet = "none"', "design.bugdet is not a known key; did you mean 'budget'"),
    ('budget = "no-deficit"', "epsilon = -1", "design.epsilon is -1; the violation that is allowed must not be negative"),
    ('budget = "no-deficit"', 'epsilon = "much"', "design.epsilon is 'much'; write a finite number"),
    ('budget = "no-deficit"', 'objective = "epsilon"\nincentive = "none"', 'design.objective is "epsilon"; it needs an incentive constraint'),
    ('budget = "no-deficit"', "weights = { seller = 1 }", "design.weights is given but design.objective is 'welfare'"),
    ('budget = "no-deficit"', 'objective = "weighted"\nweights = 2', "design.weights is 2; write { agent = number or list per type }"),
    (
        'budget = "no-deficit"',
        'objective = "weighted"\nweights = { sellr = 2 }',
        "design.weights.sellr: there is no agent 'sellr'; did you mean 'seller'",
    ),
    ('budget = "no-deficit"', 'objective = "weighted"\nweights = { seller = [1, 2] }', "design.weights.seller has 2 entries; write one per type, 3"),
    ('budget = "no-deficit"', "payment_floor = [0, 0]", "design.payment_floor is a list; write one number for all agents or"),
    ('budget = "no-deficit"', "payment_cap = { byer = 0 }", "design.payment_cap.byer: there is no agent 'byer'; did you mean 'buyer'"),
    ('budget = "no-deficit"', "constraints = 3", r"design.constraints is 3; write \[\[design.constraints\]\] tables"),
    ("[design]", "[desing]", "desing is not a known key; did you mean 'design'"),
    ("[design]", "[expected]\n[[design]]", "design is a list; write a table"),
    ("[design]", "expected = 1\n[design]", "agents.buyer.expected is not a known key"),
    ("[design]", '[prior]\njoint = [["1/2", "1/2"]]\n[design]', "agents.seller.prior: the probabilities stand in .prior. joint already"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_TRADES, ids=[f"{k}-{case[1][:30]}" for k, case in enumerate(WRONG_TRADES)])
def test_a_wrong_problem_is_refused_in_one_line(write, trade, old, new, message):
    assert old in trade
    assert re.search(message, refusal(write(trade.replace(old, new, 1))))


JOINT_PRIORS = [
    ("joint = 1", "prior.joint is 1; write a list with one entry per type of Ann"),
    ("joint = [1, 0]", "prior.joint.1. is 1; write a list with one entry per type of Bob"),
    ('joint = [["1/2", "1/2"]]', "prior.joint has 1 entries; write one per type of Ann, 2"),
    ('joint = [["1/2"], ["1/2"]]', "prior.joint.1. has 1 entries; write one per type of Bob, 2"),
    ('joint = [["1/2", "1/4"], ["1/4", "1/4"]]', "prior.joint sums to 5/4"),
    ("joint = [[2, 0], [-1, 0]]", "prior.joint contains -1"),
    ("joints = 1", "prior.joints is not a known key; did you mean 'joint'"),
    ("", "prior.joint is missing"),
]


@pytest.mark.parametrize(("joint", "message"), JOINT_PRIORS)
def test_a_wrong_joint_prior_is_refused(write, pool, joint, message):
    assert re.search(message, refusal(write(f"{pool}[prior]\n{joint}\n")))


UTILITIES = [
    ("[[0, 1], [0, 3]]", "[[0, 1], [0]]", "agents.Ann.utility.2. has 1 entries; write one per outcome, 2"),
    ("[[0, 1], [0, 3]]", "[[0, 1, 2], [0, 1, 2]]", "agents.Ann.utility.1. has 3 entries; write one per outcome, 2"),
    ("[[0, 1], [0, 3]]", "[[0, 1]]", "agents.Ann.utility has 1 entries; write one per type, 2"),
    ("[[0, 1], [0, 3]]", "[0, 1]", "agents.Ann.utility.1. is 0; write a list with one entry per outcome"),
    ("[[0, 1], [0, 3]]", "[[0, [1]], [0, 3]]", "agents.Ann.utility.1..2. is a list; write a number"),
    ("utility = [[0, 1], [0, 3]]", "values = [1, 2]", 'agents.Ann.values is not a known key where kind is "table"'),
    ("utility = [[0, 1], [0, 3]]", "", "agents.Ann.utility is missing; write utility = a row per type, a column per outcome"),
    ('outcomes = ["none", "pool"]', "", 'environment.outcomes is missing; kind "table" needs a list of names'),
    ('outcomes = ["none", "pool"]', "outcomes = []", "environment.outcomes is an empty list"),
    ('outcomes = ["none", "pool"]', 'outcomes = ["none", "none"]', "outcomes: the name 'none' stands twice"),
]


@pytest.mark.parametrize(("old", "new", "message"), UTILITIES)
def test_a_wrong_utility_table_is_refused(write, pool, old, new, message):
    assert re.search(message, refusal(write(pool.replace(old, new, 1))))


def test_dominant_strategies_need_private_values():
    utility = [[[0, 0], [0, 1]], [[1, 0], [1, 1]]]
    agents = [{"name": name, "utility": utility} for name in ("Ann", "Bob")]
    document = {"environment": {"kind": "interdependent", "outcomes": ["a", "b"]}, "agents": agents, "design": {"incentive": "dsic"}}
    with pytest.raises(Exception, match='values are interdependent; write "epic"'):
        problem_from_document(document)


CONSTRAINTS = [
    ("sense = '<='", "constraints, entry 1: the key name is missing"),
    ("name = 'c'\nterms = [{ outcome = 'buyer' }]", "design.constraints.c.sense is missing"),
    ("name = 'c'\nsense = '<='", "design.constraints.c.terms is missing"),
    ("name = 'c'\nsense = '<='\nterms = []", "design.constraints.c.terms is an empty list"),
    ("name = 'c'\nsense = '<'\nterms = [{ outcome = 'buyer' }]", "design.constraints.c.sense is '<'; did you mean '<='"),
    ("name = 'c'\nsense = '<='\nterms = [{ outcome = 'buyr' }]", "design.constraints.c names the outcome 'buyr'; did you mean 'buyer'"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyr' }]", "design.constraints.c names the agent 'buyr'; did you mean 'buyer'"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', outcome = 'buyer' }]", "write either outcome"),
    ("name = 'c'\nsense = '<='\nterms = [{ coefficient = 1 }]", "write either outcome"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', coeff = 1 }]", "entry 1.coeff is not a known key; did you mean 'coefficient'"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', expected = 1 }]", "expected is 1; write true or false"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', when = 'buyer' }]", "when is 'buyer'; write { agent = type }"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', when = { buyr = '1/4' } }]", "names the agent 'buyr'; did you mean 'buyer'"),
    ("name = 'c'\nsense = '<='\nterms = [{ payment = 'buyer', when = { buyer = '1/5' } }]", "names the type '1/5' of buyer; did you mean '1/4'"),
    ("name = 'c'\nsense = '='\nbound = 'x'\nterms = [{ payment = 'buyer' }]", "design.constraints.c.bound is 'x'"),
]


@pytest.mark.parametrize(("constraint", "message"), CONSTRAINTS)
def test_a_wrong_constraint_is_refused(write, trade, constraint, message):
    assert re.search(message, refusal(write(f"{trade}[[design.constraints]]\n{constraint}\n")))


def test_two_constraints_of_one_name_are_refused(write, trade):
    constraint = "[[design.constraints]]\nname = 'c'\nsense = '<='\nterms = [{ outcome = 'buyer' }]\n"
    assert "the name 'c' stands twice" in refusal(write(trade + 2 * constraint))


FILES = [
    (b"", "is empty; a problem file has"),
    (b" \n\n", "is empty"),
    (b"\x00\x01\xff\xfe\x80", "is not a text file in UTF-8"),
    (b"\x7fELF\x02\x01", "is not TOML"),
    (b"this is not TOML", "is not TOML: .*line 1"),
    (b'name = "a"\nname = "b"', "is not TOML"),
    (b"a = " + b"[" * 5000, "is not TOML: it is nested too deeply"),
    (b"a = " + b"9" * 5000, "is not TOML"),
    (b"{", "is not JSON"),
    (b'{"name": "a", "name": "b"}', "is not JSON: the key 'name' stands twice"),
    (b'{"a": ' + b"[" * 100_000, "is not JSON: it is nested too deeply"),
    (b"agents = 3", "the table .environment. is missing"),
    (b"[environment]\nkind = 'object'", "the tables ..agents.. are missing"),
    (b"[environment]\nkind = 'object'\n[agents.seller]\nvalues = [1]", "agents is a table; write ..agents.. with name"),
    (b"agents = []\n[environment]\nkind = 'object'", "agents is an empty list; write ..agents.. with name"),
    (b"agents = ['seller']\n[environment]\nkind = 'object'", "agents is a list; write ..agents.. with name"),
]


@pytest.mark.parametrize(("content", "message"), FILES, ids=[message for _, message in FILES])
def test_what_is_not_a_problem_file_is_refused(write, content, message):
    assert re.search(message, refusal(write(content)))


def test_a_missing_file_suggests_the_catalogue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "did you mean myerson-satterthwaite-1983/uniform-6" in refusal("uniform-6.toml")
    assert "did you mean myerson-satterthwaite-1983/uniform-6" in refusal("myerson-satterthwaite-1984/uniform-6")
    assert "`mechopt problems` lists the catalogue" in refusal("zzz")


def test_a_directory_is_refused(tmp_path):
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_an_endless_file_is_refused():
    assert "is larger than 256 MiB" in refusal("/dev/zero")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_no_file_can_have_is_refused(name):
    with pytest.raises(ProblemFileError, match=r"cannot be read|no such file"):
        load(name)


SETTINGS = [
    ("design.budget", "write KEY=VALUE"),
    ("=3", "write KEY=VALUE"),
    ("design..budget=none", "write KEY=VALUE"),
    ("design.budget=balance", "design.budget is 'balance'; did you mean 'balanced'"),
    ("desing.budget=none", "desing is not a known key; did you mean 'design'"),
    ("design.bugdet=none", "design.bugdet is not a known key; did you mean 'budget'"),
    ("agents.sellr.share=1", "there is no 'sellr' in agents; did you mean 'seller'"),
    ("agents.sellr=1", "there is no 'sellr' in agents; did you mean 'seller'"),
    ("agents.seller=1", "name one of its keys"),
    ("agents.seller.share.low=1", "agents.seller.share is 1, which has no key 'low'"),
    ("agents.seller.values.points=3", "agents.seller.values is a list, which has no key 'points'"),
    ("agents.seller.values.points.x=3", "agents.seller.values is a list, which has no key 'points'"),
    ("agents.buyer.values.points=many", "agents.buyer.values.points is 'many'; write an integer"),
    ("agents.seller.prior=[1/2, 1/4, 1/4]", "write fractions inside a list in quotes"),
    ("agents.seller.share=1\nx=2", "agents.seller.share is .* write a finite number"),
]


@pytest.mark.parametrize(("setting", "message"), SETTINGS)
def test_a_wrong_setting_is_refused_and_shown(write, trade, setting, message):
    assert re.search(message, refusal(write(trade), [setting]))


def test_settings_do_not_hide_an_earlier_mistake():
    document = {"agents": 3}
    with pytest.raises(ProblemFileError, match="agents is 3, which has no key 'seller'"):
        apply(document, ["agents.seller.share=1"])
