"""Where the states of folds are kept, and which of them go first."""

import os
import pickle
import warnings

import pytest

from sktune._engine import StateKeeper, StateStore
from sktune._records import Candidate, FoldResult, FoldTask
from sktune.exceptions import StateLostWarning

STATE = b"x" * 1000


def store(tmp_path, **params):
    return StateStore(str(tmp_path / "states"), **params)


def files(kept):
    return sorted(os.listdir(kept.folder))


def test_states_are_kept_in_memory_and_then_in_files(tmp_path):
    kept = store(tmp_path, max_in_memory=1500)
    tokens = [kept.save(number, 0, STATE) for number in range(2)]
    assert files(kept) == ["1-0.state"]
    assert [kept.load(token) for token in tokens] == [STATE, STATE]
    kept.discard(0, 0)
    kept.discard(1, 0)
    assert [kept.load(token) for token in tokens] == [None, None]
    kept.close()
    assert not os.path.exists(kept.folder)


def test_in_another_process_only_files_are_found(tmp_path):
    kept = store(tmp_path)
    in_memory = kept.save(0, 0, STATE)
    elsewhere = pickle.loads(pickle.dumps(kept))
    assert elsewhere.load(in_memory) is None
    token = elsewhere.save(1, 0, STATE)
    assert files(kept) == ["1-0.state"]
    assert kept.load(token) == kept.load(kept.token(1, 0)) == STATE
    assert kept.token(2, 0) is None


def test_there_is_no_room_beyond_the_limit(tmp_path):
    kept = store(tmp_path, max_bytes=2500, max_in_memory=0)
    assert [kept.save(number, 0, STATE) for number in range(3)] == ["0-0", "1-0", None]
    assert kept.n_bytes() <= 2500
    # What an earlier session left under this name is not taken for it.
    assert kept.save(1, 0, STATE * 2) is None
    assert kept.token(1, 0) is None


def test_the_worst_go_first_and_of_equal_ones_the_oldest(tmp_path):
    kept = store(tmp_path, max_bytes=5000, max_in_memory=0)
    for number in range(4):
        kept.save(number, 0, STATE)
    kept.make_room({0: 1.0, 1: 0.0, 2: 1.0, 3: 2.0}.get, n_workers=3)
    assert files(kept) == ["3-0.state"]


def test_states_of_another_search_and_damaged_ones_are_not_loaded(tmp_path):
    kept = store(tmp_path, max_in_memory=0, owner="a")
    token = kept.save(0, 0, STATE)
    assert store(tmp_path, owner="b").load(token) is None
    path = tmp_path / "states" / "0-0.state"
    path.write_bytes(path.read_bytes()[:-10])
    assert kept.load(token) is None
    kept.forget_all()
    assert files(kept) == []


def test_functions_by_value_and_objects_that_cannot_be_pickled(tmp_path):
    kept = store(tmp_path)
    assert kept.load(kept.save(0, 0, lambda: 3))() == 3
    elsewhere = pickle.loads(pickle.dumps(kept))
    generator = (i for i in range(3))
    assert elsewhere.save(2, 0, generator) is None
    assert kept.save(2, 0, generator) == "2-0"
    assert kept.load("2-0") is None  # it cannot be copied either


@pytest.mark.skipif(os.name != "posix", reason="folders have no such rights")
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_can_write_to(tmp_path, mode):
    folder = tmp_path / "states"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ValueError, match="must be one that only you can write to"):
        store(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(ValueError, match="must be a folder, and no link to one"):
        StateStore(str(link))


def candidate(number, parent=None):
    return Candidate(number, {}, (), 0, "x", 3 if parent is not None else 1, parent)


def result(number, **fields):
    return FoldResult(number, 0, 0.0, None, 0.0, 0.0, **fields)


def test_a_fold_goes_on_from_that_of_its_parent(tmp_path):
    kept = store(tmp_path)
    keeper = StateKeeper(kept, lambda number: float("nan"))
    kept.save(0, 0, STATE)
    assert keeper.token_for(FoldTask(candidate(0), 0)) is None
    assert keeper.token_for(FoldTask(candidate(1, parent=0), 0)) == "0-0"
    assert keeper.token_for(FoldTask(candidate(1, parent=0), 1)) is None
    keeper.after(result(1), candidate(1, parent=0), 1)
    assert kept.token(0, 0) is None


def test_a_state_that_was_gone_is_told_of_once(tmp_path):
    keeper = StateKeeper(store(tmp_path), lambda number: 0.0)
    with pytest.warns(StateLostWarning, match="trained again from nothing"):
        keeper.after(result(1, is_state_lost=True), candidate(1, parent=0), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keeper.after(result(2, is_state_lost=True), candidate(2, parent=0), 1)
