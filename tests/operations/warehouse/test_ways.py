"""Ways through the warehouse follow the aisles, and are within a tenth of the shortest there is (WH-03)."""

import random
from decimal import Decimal
from itertools import permutations

import pytest
from benchmarks.aisles import shortest

from fondaco.operations.warehouse.planning import Spot, distances, spot, walk, way, ways

FRONT, BACK = 0, 500


def layout(chance, stops, aisles=20):
    return [Spot(f"x{x * 30}", x * 30, chance.randrange(0, 51) * 10) for x in (chance.randrange(aisles) for _n in range(stops))]


def test_wh03_one_walks_along_the_aisle_or_round_the_nearer_end():
    a, b, c = spot("A", Decimal(0), Decimal(10)), spot("A", Decimal(0), Decimal(40)), spot("B", Decimal(3), Decimal(40))
    assert (walk(a, b, [FRONT, BACK]), walk(b, c, [FRONT, BACK]), walk(a, c, [FRONT, BACK])) == (300, 230, 530)
    assert spot("", Decimal("1.25"), Decimal(2)) == Spot("x12", 12, 20)
    spots = layout(random.Random(1), 30)
    assert distances(spots, [FRONT, BACK]) == [[walk(x, y, [FRONT, BACK]) for y in spots] for x in spots]
    assert distances(spots, [FRONT, 250, BACK]) == [[walk(x, y, [FRONT, 250, BACK]) for y in spots] for x in spots]


@pytest.mark.parametrize("seed", range(8))
def test_wh03_the_measure_itself_is_what_trying_every_order_gives(seed):
    chance = random.Random(seed)
    start, stops = Spot("x0", 0, FRONT), layout(chance, 6, aisles=4)
    crossings = [FRONT, BACK]

    def length(order):
        return sum(walk(x, y, crossings) for x, y in zip([start, *order], [*order, start], strict=True))

    assert shortest([start, *stops], FRONT, BACK) == min(length(order) for order in permutations(stops))


@pytest.mark.parametrize("stops", [1, 2, 3, 12, 19, 60, 250])
def test_wh03_a_planned_way_visits_every_spot_once_within_a_tenth_of_the_shortest(stops):
    chance = random.Random(stops)
    start, spots = Spot("x0", 0, FRONT), layout(chance, stops)
    order, length = way(start, spots, [FRONT, BACK], 0.1)
    assert sorted(order, key=str) == sorted(set(spots), key=str)
    best = shortest([start, *spots], FRONT, BACK)
    assert best <= length <= best * 1.1


def test_wh03_long_ways_and_many_lists_are_planned_too():
    chance = random.Random(5)
    far = [Spot(f"x{n * 9000}", n * 9000, chance.randrange(0, 50_000)) for n in range(30)]
    order, length = way(Spot("x0", 0, 0), far, [0, 50_000], 0.1)
    assert length <= 1.1 * shortest([Spot("x0", 0, 0), *far], 0, 50_000) and len(order) == len(set(far))
    assert [len(o) for o, _length in ways(Spot("d", 0, 0), [far[:1], far[:9], []], [0, 50_000])] == [1, 9, 0]
