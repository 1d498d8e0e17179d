"""The picture of head and neck: the muscles of each view, their outlines and the positions of their sites.

The coordinates of a view are in a box of 200 by 222. Sides are the patient's: from the front, her right is on the
left of the picture. Constants only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from treatments.domain.sites import Slot
from treatments.models import InjectionSite

Muscle = InjectionSite.Muscle
Point = tuple[float, float]
WIDTH: Final = 200
LETTERS: Final[dict[str, str]] = {muscle: "ABCDEFG"[index] for index, muscle in enumerate(Muscle.values)}


@dataclass(frozen=True, slots=True)
class Region:
    """A muscle on one side: its outline, its dots in the order they are filled, and the position of its label."""

    slot: Slot
    outline: str
    dots: Sequence[Point]
    label_position: Point

    @property
    def letter(self) -> str:
        return LETTERS[self.slot.muscle]


@dataclass(frozen=True, slots=True)
class Lead:
    """A letter beside the head, and the line from it to its muscle."""

    letter: str
    at: Point
    line: str


@dataclass(frozen=True, slots=True)
class View:
    """One side of the head; `flipped` is drawn mirrored, except for its letters."""

    name: str
    regions: Sequence[Region]
    leads: Sequence[Lead]
    flipped: bool = False


def mirror(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((WIDTH - x, y) for x, y in points)


FRONTALIS = ((91.0, 47.0), (76.0, 52.0), (84.0, 37.0), (68.0, 58.0))
CORRUGATOR = ((85.0, 80.0), (77.0, 82.0))
OCCIPITALIS = ((86.0, 99.0), (72.0, 97.0), (79.0, 112.0), (64.0, 106.0), (88.0, 112.0), (70.0, 113.0))
PARASPINAL = ((88.0, 146.0), (88.0, 163.0), (88.0, 154.5), (88.0, 171.0))
TRAPEZIUS = (
    (81.0, 196.0),
    (64.0, 202.0),
    (46.0, 208.0),
    (72.0, 206.0),
    (55.0, 212.0),
    (88.0, 201.0),
    (36.0, 213.0),
)
TEMPORALIS = (
    (120.0, 77.0),
    (110.0, 61.0),
    (94.0, 61.0),
    (82.0, 78.0),
    (102.0, 76.0),
    (92.0, 84.0),
    (84.0, 66.0),
)

FRONT = View(
    "front",
    (
        Region(
            Slot(Muscle.FRONTALIS, "right"),
            "M58 60C60 40 78 30 98 29V67C80 67 62 70 58 60Z",
            FRONTALIS, (60, 34),
        ),
        Region(
            Slot(Muscle.FRONTALIS, "left"),
            "M142 60C140 40 122 30 102 29V67C120 67 138 70 142 60Z",
            mirror(FRONTALIS), (140, 34),
        ),
        Region(
            Slot(Muscle.CORRUGATOR, "right"),
            "M69 83C77 73 87 73 93 76V88C84 88 77 88 69 83Z",
            CORRUGATOR, (60, 76),
        ),
        Region(
            Slot(Muscle.CORRUGATOR, "left"),
            "M131 83C123 73 113 73 107 76V88C116 88 123 88 131 83Z",
            mirror(CORRUGATOR), (140, 76),
        ),
        Region(
            Slot(Muscle.PROCERUS, "midline"),
            "M96 77C99 75 101 75 104 77V93C102 96 98 96 96 93Z",
            ((100, 85), (100, 91)), (100, 108),
        ),
    ),
    (
        Lead("C", (12, 46), "M22 40H60"),
        Lead("A", (12, 80), "M22 74L72 80"),
        Lead("B", (188, 80), "M178 74L105 85"),
    ),
)  # fmt: skip
BACK = View(
    "back",
    (
        Region(
            Slot(Muscle.OCCIPITALIS, "left"),
            "M53 100C57 87 76 83 93 91C95 104 93 118 87 123C70 125 55 117 53 100Z",
            OCCIPITALIS, (68, 84),
        ),
        Region(
            Slot(Muscle.OCCIPITALIS, "right"),
            "M147 100C143 87 124 83 107 91C105 104 107 118 113 123C130 125 145 117 147 100Z",
            mirror(OCCIPITALIS), (132, 84),
        ),
        Region(
            Slot(Muscle.CERVICAL_PARASPINAL, "left"),
            "M80 135C86 131 94 135 96 142V172C92 180 82 178 80 168Z",
            PARASPINAL, (64, 148),
        ),
        Region(
            Slot(Muscle.CERVICAL_PARASPINAL, "right"),
            "M120 135C114 131 106 135 104 142V172C108 180 118 178 120 168Z",
            mirror(PARASPINAL), (136, 148),
        ),
        Region(
            Slot(Muscle.TRAPEZIUS, "left"),
            "M66 191C78 184 92 188 95 198C82 210 52 218 26 218C22 211 48 199 66 191Z",
            TRAPEZIUS, (48, 194),
        ),
        Region(
            Slot(Muscle.TRAPEZIUS, "right"),
            "M134 191C122 184 108 188 105 198C118 210 148 218 174 218C178 211 152 199 134 191Z",
            mirror(TRAPEZIUS), (152, 194),
        ),
    ),
    (
        Lead("E", (12, 78), "M22 74L56 96"),
        Lead("F", (188, 154), "M178 148H120"),
        Lead("G", (12, 172), "M22 170L46 204"),
    ),
)  # fmt: skip
SIDE_OUTLINE = "M69 76C76 50 112 43 129 62C138 75 129 90 114 94C104 90 94 90 84 94C73 94 66 86 69 76Z"
RIGHT = View(
    "right side",
    (Region(Slot(Muscle.TEMPORALIS, "right"), SIDE_OUTLINE, TEMPORALIS, (100, 40)),),
    (Lead("D", (12, 44), "M22 40L72 70"),),
)
LEFT = View(
    "left side",
    (Region(Slot(Muscle.TEMPORALIS, "left"), SIDE_OUTLINE, mirror(TEMPORALIS), (100, 40)),),
    (Lead("D", (188, 44), "M178 40L128 70"),),
    flipped=True,
)
VIEWS: Final = (FRONT, LEFT, BACK, RIGHT)
