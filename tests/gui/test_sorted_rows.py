"""The order of a table's rows: by value, stable, with selections that follow their row."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from gui.widgets.sorted_rows import SortedRows
from gui.widgets.table_model import Column, RowModel


class Item(NamedTuple):
    key: int
    figure: float | None


@pytest.fixture
def models(qapp: QApplication) -> tuple[RowModel, SortedRows]:
    rows = RowModel(lambda row: row.key)
    rows.set_columns(
        [
            Column("key", "Key", lambda row: row.key, lambda row: str(row.key), 50),
            Column("figure", "Figure", lambda row: row.figure, lambda row: str(row.figure), 50),
        ]
    )
    return rows, SortedRows(rows)


def keys(proxy: SortedRows) -> list[int]:
    return [proxy.row(proxy.index(place, 0)).key for place in range(proxy.rowCount())]


def test_rows_without_a_value_are_the_smallest(models: tuple[RowModel, SortedRows]) -> None:
    rows, proxy = models
    rows.set_rows([Item(1, 5), Item(2, None), Item(3, 3), Item(4, 5)])
    proxy.set_order(1, descending=False)
    proxy.arrange()
    assert keys(proxy) == [2, 3, 1, 4]
    proxy.set_order(1, descending=True)
    proxy.arrange()
    assert keys(proxy) == [1, 4, 3, 2], "equal ones stay in the order in which they came"


def test_new_rows_wait_at_the_end_and_gone_ones_go_at_once(models: tuple[RowModel, SortedRows]) -> None:
    rows, proxy = models
    proxy.set_order(0, descending=False)
    rows.set_rows([Item(5, 0), Item(7, 0)])
    rows.set_rows([Item(5, 0), Item(7, 0), Item(1, 0)])
    assert keys(proxy) == [5, 7, 1]
    rows.set_rows([Item(7, 0), Item(1, 0)])
    assert keys(proxy) == [7, 1]
    proxy.arrange()
    assert keys(proxy) == [1, 7]


def test_the_filter(models: tuple[RowModel, SortedRows]) -> None:
    rows, proxy = models
    rows.set_rows([Item(number, number % 3) for number in range(9)])
    proxy.set_filter(lambda row: row.figure == 1)
    proxy.arrange()
    assert keys(proxy) == [1, 4, 7]
    assert not proxy.mapFromSource(rows.index(0, 0)).isValid()
    proxy.set_filter(lambda row: True)
    proxy.set_order(0, descending=True)
    proxy.arrange()
    assert keys(proxy) == list(range(8, -1, -1))


def test_random_changes_keep_the_model_sound(models: tuple[RowModel, SortedRows]) -> None:
    rows, proxy = models
    tester = QAbstractItemModelTester(proxy, QAbstractItemModelTester.FailureReportingMode.Fatal)
    chance = random.Random(7)
    present: list[Item] = []
    selection = QItemSelectionModel(proxy)
    for step in range(300):
        present = [item for item in present if chance.random() > 0.1]
        present = [item._replace(figure=chance.randrange(50)) if chance.random() < 0.3 else item for item in present]
        present += [Item(1000 * step + number, chance.randrange(50)) for number in range(chance.randrange(4))]
        chance.shuffle(present)
        followed = selection.currentIndex()
        followed_key = proxy.row(followed).key if followed.isValid() else None
        handle = QPersistentModelIndex(followed)
        rows.set_rows(present)
        if chance.random() < 0.3:
            least = chance.randrange(40)
            proxy.set_filter(lambda row, least=least: row.figure >= least)
        proxy.set_order(chance.randrange(2), descending=chance.random() < 0.5)
        proxy.arrange()
        shown = keys(proxy)
        assert set(shown) <= {item.key for item in present}
        if followed_key is not None and followed_key in shown and handle.isValid():
            assert proxy.row(handle).key == followed_key
        if shown:
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(proxy.index(chance.randrange(len(shown)), 0), flags.ClearAndSelect)
    del tester
