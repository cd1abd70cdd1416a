import numpy as np
import pytest

from errors import ModelFailed
from models.prompts import FramePair, Input, Video, document_prompt, embedding_prompt, joined, query_prompt

PICTURE = np.zeros((64, 64, 3), np.uint8)
FRAMES = [np.zeros((128, 128, 3), np.uint8)] * 4


def kinds(prompt):
    names = {str: "text", np.ndarray: "picture", FramePair: "pair"}
    return [names[type(part)] for part in prompt]


def test_embedding_prompt_when_text_then_is_the_official_template():
    assert embedding_prompt(Input("roof")) == [
        "<|im_start|>system\nRepresent the user's input.<|im_end|>\n"
        "<|im_start|>user\nroof<|im_end|>\n<|im_start|>assistant\n"
    ]


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("  Find the roof ", "Find the roof."),
        ("Find the roof?", "Find the roof?"),
        ("找屋顶。", "找屋顶。"),  # punctuation of any script
        ("   ", "Represent the user's input."),
    ],
)
def test_embedding_prompt_when_instructed_then_ends_it_in_punctuation(instruction, said):
    [prompt] = embedding_prompt(Input("x"), instruction=instruction)
    assert prompt.startswith(f"<|im_start|>system\n{said}<|im_end|>")


def test_embedding_prompt_when_there_is_nothing_then_says_null():
    assert "user\nNULL<|im_end|>" in embedding_prompt(Input())[0]


def test_embedding_prompt_when_text_is_empty_then_stays_empty():
    assert "user\n<|im_end|>" in embedding_prompt(Input(""))[0]


def test_embedding_prompt_when_mixed_then_videos_come_before_pictures_and_text_last():
    prompt = embedding_prompt(Input("caption", [PICTURE, PICTURE], [Video(FRAMES)]))
    assert kinds(prompt) == ["text", "pair", "text", "pair", "picture", "picture", "text"]
    assert prompt[-1].startswith("caption<|im_end|>")


def test_embedding_prompt_when_video_has_no_times_then_frames_are_half_a_second_apart():
    prompt = embedding_prompt(Input(videos=[Video(FRAMES)]))
    assert prompt[0].endswith("user\n<0.2 seconds>")
    assert prompt[2] == "<1.2 seconds>"


def test_embedding_prompt_when_video_has_times_then_says_the_mean_of_each_pair():
    prompt = embedding_prompt(Input(videos=[Video(FRAMES[:3], seconds=[60, 61, 75.5])]))
    assert prompt[0].endswith("<60.5 seconds>")
    assert prompt[2] == "<75.5 seconds>"  # the last frame is shown twice


def test_embedding_prompt_when_times_are_not_one_a_frame_then_refuses():
    with pytest.raises(ModelFailed, match="4 frames has 1 times"):
        embedding_prompt(Input(videos=[Video(FRAMES, seconds=[1.0])]))


def test_embedding_prompt_when_text_is_decomposed_then_is_composed():
    assert "caf\xe9" in embedding_prompt(Input("cafe\u0301"))[0]


def test_reranking_prompt_when_both_are_text_then_is_the_official_template():
    assert joined([*query_prompt(Input("roof")), *document_prompt(Input("tiles"))]) == [
        "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
        'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
        "<Instruct>: Given a search query, retrieve relevant candidates that answer the query."
        "<Query>:roof\n<Document>:tiles<|im_end|>\n<|im_start|>assistant\n"
    ]


def test_reranking_prompt_when_the_document_is_a_picture_then_it_follows_its_label():
    before, picture, after = joined([*query_prompt(Input("roof")), *document_prompt(Input(pictures=[PICTURE]))])
    assert before.endswith("<Query>:roof\n<Document>:")
    assert picture.shape == PICTURE.shape
    assert after == "<|im_end|>\n<|im_start|>assistant\n"
