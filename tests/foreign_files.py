"""One network with three parents of different sizes, written by hand in every format.

D has the parents C, A, B, in this order, and P(d0 | a, b, c) = (1 + 12 a + 4 b + c) / 100.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from domix import Network

CARDS = {"A": 2, "B": 3, "C": 4, "D": 2}
STATES = {name: [f"{name.lower()}{i}" for i in range(k)] for name, k in CARDS.items()}
PARENTS = ["C", "A", "B"]
MARGINALS = {"A": "0.25 0.75", "B": "0.125 0.25 0.625", "C": "0.1 0.2 0.3 0.4"}
CONFIGURATIONS = list(product(range(2), range(3), range(4)))


LIST = '" "'


def d0(a, b, c):
    return (1 + 12 * a + 4 * b + c) / 100


ORDER = [(a, b, c) for c in range(4) for a in range(2) for b in range(3)]
ROWS = [f"{d0(*abc):.2f} {1 - d0(*abc):.2f}" for abc in ORDER]


def network():
    table = np.empty((4, 2, 3, 2))
    for a, b, c in CONFIGURATIONS:
        table[c, a, b] = d0(a, b, c), 1 - d0(a, b, c)
    cpts = {name: np.array(text.split(), dtype=float) for name, text in MARGINALS.items()}
    parents = {"A": [], "B": [], "C": [], "D": PARENTS}
    return Network(parents, STATES, cpts | {"D": table})


def _xdsl():
    nodes = []
    for name, labels in STATES.items():
        given = "<parents>C A B</parents>" if name == "D" else ""
        numbers = MARGINALS.get(name, " ".join(ROWS))
        inside = "".join(f'<state id="{label}" />' for label in labels)
        nodes.append(
            f'<cpt id="{name}">{inside}{given}<probabilities>{numbers}</probabilities></cpt>'
        )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><!-- made in GeNIe -->\n'
        f'<smile version="1.0" id="N" numsamples="1000"><nodes>{"".join(nodes)}</nodes>'
        '<extensions><genie version="1.0" app="GeNIe" name="N"><submodel id="S">'
        '<node id="A"><name>Größe</name></node></submodel></genie></extensions></smile>'
    )


def _dsl():
    nodes = []
    for name, labels in STATES.items():
        numbers = MARGINALS.get(name, " ".join(ROWS)).replace(" ", ", ")
        given = ", ".join(PARENTS) if name == "D" else ""
        nodes.append(
            f'node {name} {{ TYPE = CPT; HEADER = {{ ID = {name}; NAME = "{name}; {{"; }};\n'
            f"SCREEN = {{ POSITION = {{ X = 1; Y = 2; }}; COLOR = 3; }}; PARENTS = ({given});\n"
            f"DEFINITION = {{ NAMESTATES = ({', '.join(labels)}); // states\n"
            f"PROBABILITIES = ({numbers}); }}; EXTRA_DEFINITION = {{ OBSERVED = FALSE; }}; }};"
        )
    costs = "OBSERVATION_COST { node A { PARENTS = (); COSTS = (0); }; };"
    return "\n".join(["net N {", "NUMSAMPLES = 1000;", *nodes, costs, "};"])


def _net(nested):
    nodes = "\n".join(
        f"{'discrete ' * (name == 'A')}node {name} {{ position = (1 2);"
        f'label = "50 % {{"; states = ("{LIST.join(labels)}"); }}'
        for name, labels in STATES.items()
    )
    roots = "\n".join(
        f"potential ({name}{' |' * (name == 'A')}) {{ data = ({numbers}); }}"
        for name, numbers in MARGINALS.items()
    )
    rows = [f"({row}) % a comment\n" for row in ROWS]
    lists = [f"({''.join(rows[i : i + 3])})" for i in range(0, 24, 3)]
    lists = [f"({''.join(lists[i : i + 2])})" for i in range(0, 8, 2)]
    data = "".join(lists) if nested else " ".join(ROWS)
    table = f"potential (D | C A B) {{ experience = (1 2 3); data = ({data}); }}"
    return f"net {{ node_size = (50 50); }}\n{nodes}\n{roots}\n{table}\n"


def _xmlbif():
    variables = "".join(
        f'<VARIABLE TYPE="nature"><NAME>{name}</NAME>'
        + "".join(f"<OUTCOME> {label} </OUTCOME>" for label in labels)
        + "<PROPERTY>position = (0,0)</PROPERTY></VARIABLE>"
        for name, labels in STATES.items()
    )
    definitions = "".join(
        f"<DEFINITION><FOR>{name}</FOR><TABLE>{numbers}</TABLE></DEFINITION>"
        for name, numbers in MARGINALS.items()
    )
    given = "".join(f"<GIVEN>{name}</GIVEN>" for name in PARENTS)
    rows = "<!-- d0 d1 -->".join(f"\n{row} " for row in ROWS)
    return (
        '<?xml version="1.0"?><!DOCTYPE BIF [ <!ELEMENT BIF ( NETWORK )*> ]>\n'
        f'<BIF VERSION="0.3"><NETWORK><NAME>N</NAME>{variables}{definitions}'
        f"<DEFINITION><FOR>D</FOR>{given}<TABLE>{rows}</TABLE></DEFINITION></NETWORK></BIF>"
    )


def _uai():
    sizes = "2 3 4 2"
    tables = [*MARGINALS.values(), "\n".join(ROWS)]
    lines = [f"{len(numbers.split())}\n{numbers}" for numbers in tables]
    return "\n".join(["BAYES", "4", sizes, "4", "1 0", "1 1", "1 2", "4 2 0 1 3", "", *lines])


def _bif():
    blocks = [
        f"variable {name} {{ type discrete [ {len(labels)} ] {{ {', '.join(labels)} }}; }}"
        for name, labels in STATES.items()
    ]
    blocks += [
        f"probability ( {name} ) {{ table {numbers}; }}" for name, numbers in MARGINALS.items()
    ]
    rows = " ".join(
        f"(c{c}, a{a}, b{b}) {d0(a, b, c):.2f} {1 - d0(a, b, c):.2f};" for a, b, c in CONFIGURATIONS
    )
    return "\n".join([*blocks, f"probability ( D | C, A, B ) {{ {rows} }}"])


FILES = {
    "n.xdsl": _xdsl(),
    "n.dsl": _dsl(),
    "nested.net": _net(nested=True),
    "flat.net": _net(nested=False),
    "n.bifxml": _xmlbif(),
    "n.xmlbif": _xmlbif(),
    "n.uai": _uai(),
    "n.bif": _bif(),
}
"""Name of a file to its text."""
