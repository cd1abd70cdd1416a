import numpy as np

from index_store import DocumentId
from index_store.document_set import DocumentSet

DOCUMENTS = DocumentSet({1: np.array([True, False, True]), 7: np.array([False]), 9: np.array([True])})
IDS = {DocumentId(1, 0), DocumentId(1, 2), DocumentId(9, 0)}


def test_document_set_when_compared_with_a_set_then_it_is_like_one():
    assert set(DOCUMENTS) == IDS
    assert DOCUMENTS == IDS
    assert len(DOCUMENTS) == 3


def test_document_set_when_asked_for_a_document_then_only_its_own_are_in_it():
    others = [DocumentId(1, 1), DocumentId(7, 0), DocumentId(8, 0), "1"]
    assert [each in DOCUMENTS for each in (*sorted(IDS), *others)] == [True] * 3 + [False] * 4


def test_document_set_when_cut_with_a_set_then_what_both_have_is_left():
    assert {DocumentId(1, 2), DocumentId(8, 0)} & DOCUMENTS == {DocumentId(1, 2)}
    assert DOCUMENTS & {DocumentId(9, 0)} == {DocumentId(9, 0)}
