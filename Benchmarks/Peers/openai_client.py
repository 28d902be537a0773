"""OpenAI's own Python client against `minigpt serve`, unchanged.

    minigpt serve MODELS --port 8080 &
    python openai_client.py http://127.0.0.1:8080

Lists, completes, chats, streams, asks for log-probabilities, JSON, several choices, embeddings and
errors; each line it prints is something it has checked.
"""

import json
import math
import sys

import openai


def main(base: str) -> None:
    client = openai.OpenAI(base_url=base + "/v1", api_key="unused", max_retries=0)
    print("openai", openai.__version__)

    models = [model.id for model in client.models.list()]
    assert models, "no model is listed"
    name = models[0]
    print("models.list:", len(models), "first", name)

    one = client.completions.create(model=name, prompt="The", max_tokens=12, seed=7, temperature=0.8)
    two = client.completions.create(model=name, prompt="The", max_tokens=12, seed=7, temperature=0.8)
    assert one.choices[0].text == two.choices[0].text
    assert one.usage.completion_tokens <= 12 and one.choices[0].finish_reason in ("length", "stop")
    print("completions.create:", repr(one.choices[0].text))

    pieces = client.completions.create(
        model=name, prompt="The", max_tokens=12, seed=7, temperature=0.8, stream=True)
    assert "".join(p.choices[0].text for p in pieces) == one.choices[0].text
    print("completions.create(stream=True): the same text")

    messages = [{"role": "user", "content": "Who?"}]
    chat = client.chat.completions.create(
        model=name, messages=messages, max_tokens=16, seed=3, logprobs=True, top_logprobs=4)
    tokens = chat.choices[0].logprobs.content
    assert len(tokens) == chat.usage.completion_tokens
    assert all(len(t.top_logprobs) == 4 and t.logprob <= 0 for t in tokens)
    assert all(math.fsum(math.exp(o.logprob) for o in t.top_logprobs) <= 1.0001 for t in tokens)
    print("chat.completions.create(logprobs):", repr(chat.choices[0].message.content))

    text, usage, reason = "", None, None
    for chunk in client.chat.completions.create(
            model=name, messages=messages, max_tokens=16, seed=3, stream=True,
            stream_options={"include_usage": True}):
        if chunk.usage:
            usage = chunk.usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
    assert text == chat.choices[0].message.content, (text, chat.choices[0].message.content)
    assert usage.completion_tokens == chat.usage.completion_tokens and reason
    print("chat.completions.create(stream=True): the same text, usage", usage.total_tokens)

    many = client.chat.completions.create(model=name, messages=messages, max_tokens=8, n=3, seed=3)
    assert [c.index for c in many.choices] == [0, 1, 2]
    print("n=3:", len(set(c.message.content for c in many.choices)), "different answers")

    schema = {"type": "object", "properties": {"yes": {"type": "boolean"}, "n": {"enum": [1, 2]}},
              "required": ["yes", "n"], "additionalProperties": False}
    made = client.chat.completions.create(
        model=name, messages=messages, max_tokens=300, seed=1,
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}})
    value = json.loads(made.choices[0].message.content)
    assert set(value) == {"yes", "n"} and isinstance(value["yes"], bool)
    print("response_format json_schema:", value)

    vectors = client.embeddings.create(model=name, input=["The mill", "The water"]).data
    plain = client.embeddings.create(model=name, input="The mill", encoding_format="float").data
    assert len(vectors) == 2
    assert max(abs(a - b) for a, b in zip(vectors[0].embedding, plain[0].embedding)) < 1e-6
    print("embeddings.create:", len(vectors[0].embedding), "numbers, base64 and float agree")

    for change, kind in [({"temperature": 1e308}, openai.BadRequestError),
                         ({"max_tokens": 2**63}, openai.BadRequestError),
                         ({"model": "nothing"}, openai.NotFoundError)]:
        try:
            client.completions.create(**({"model": name, "prompt": "a"} | change))
            raise AssertionError(f"{change} was taken")
        except kind as error:
            assert error.body["message"], error
            print("refused:", error.body["message"])
    print("all passed")


main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
