"""Many clients at once against `minigpt serve`.

    minigpt serve MODELS --port 8080 --queue 200 &
    python server_load.py http://127.0.0.1:8080 [clients|parallel|memory PID|leave|slow]...

- clients: 50 clients for a minute; every answer must be the text its seed had at first.
- parallel: tokens per second of 8 requests at once, against one.
- memory PID: resident memory of the server over 2,000 requests.
- leave: milliseconds from a client's going away in the middle of a stream to the end of its text.
- slow: 200 connections that send a byte now and then; the 99th percentile of normal requests.
"""

import asyncio
import statistics
import sys
import time

import httpx

SECONDS = 60
# Within the context of the course model: beyond it, every text reads half of its window again now and
# then, which is work that texts do not share.
TOKENS = 120


def body(seed: int, tokens: int = 24) -> dict:
    return {"prompt": "The king", "max_tokens": tokens, "seed": seed, "temperature": 0.8}


async def complete(client: httpx.AsyncClient, seed: int, tokens: int = 24) -> str:
    reply = await client.post("/v1/completions", json=body(seed, tokens))
    reply.raise_for_status()
    return reply.json()["choices"][0]["text"]


def connect(base: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    return httpx.AsyncClient(base_url=base, timeout=60, limits=limits)


async def clients(base: str) -> None:
    async with connect(base) as client:
        expected = {seed: await complete(client, seed) for seed in range(20)}
        end = time.monotonic() + SECONDS
        times, wrong = [], 0

        async def one(number: int) -> None:
            nonlocal wrong
            seed = number
            while time.monotonic() < end:
                seed = (seed * 7 + 3) % 20
                start = time.monotonic()
                wrong += await complete(client, seed) != expected[seed]
                times.append(time.monotonic() - start)

        await asyncio.gather(*(one(number) for number in range(50)))
        print(f"50 clients: {len(times)} answers in {SECONDS} s, {wrong} wrong, median "
              f"{statistics.median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms")
        assert wrong == 0


async def parallel(base: str) -> None:
    async with connect(base) as client:
        await complete(client, 1)
        best = {}
        for count in [1, 8] * 3:
            start = time.monotonic()
            await asyncio.gather(*(complete(client, seed, TOKENS) for seed in range(count)))
            rate = count * TOKENS / (time.monotonic() - start)
            best[count] = max(best.get(count, 0), rate)
        print(f"one request {best[1]:.0f} tokens/s, 8 at once {best[8]:.0f} tokens/s: "
              f"{best[8] / best[1]:.2f} times")


def resident(process: int) -> float:
    with open(f"/proc/{process}/status") as file:
        line = next(line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def memory(base: str, process: int) -> None:
    async with connect(base) as client:
        sizes = []
        for round in range(10):
            for start in range(0, 200, 20):
                await asyncio.gather(*(complete(client, start + i) for i in range(20)))
            sizes.append(resident(process))
        print("resident MiB after each 200 requests:", " ".join(f"{s:.1f}" for s in sizes))


async def processing(client: httpx.AsyncClient) -> int:
    text = (await client.get("/metrics")).text
    return next(int(line.split()[1]) for line in text.splitlines()
                if line.startswith("minigpt_requests_processing "))


async def leave(base: str) -> None:
    times = []
    async with connect(base) as client:
        for seed in range(30):
            question = body(seed, 8_000) | {"stream": True}
            async with connect(base) as visitor:
                async with visitor.stream("POST", "/v1/completions", json=question) as reply:
                    reply.raise_for_status()
                    pieces = reply.aiter_bytes()
                    for _ in range(5):
                        await anext(pieces)
                    assert await processing(client) == 1
            start = time.monotonic()
            while await processing(client) > 0:
                assert time.monotonic() - start < 10, "the text goes on"
            times.append(1000 * (time.monotonic() - start))
    print(f"client gone: its text ended after {statistics.median(times):.1f} ms, "
          f"at most {max(times):.1f} ms, of {len(times)}")


async def slow(base: str) -> None:
    host, port = base.split("//")[1].split(":")
    closed = 0

    async def trickle() -> None:
        nonlocal closed
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /v1/completions HTTP/1.1\r\nHost: {host}:{port}\r\nX-Slow: "
        try:
            for byte in head + "y" * 10_000:
                writer.write(byte.encode())
                await writer.drain()
                await asyncio.sleep(1)
                if reader.at_eof():
                    break
        except ConnectionError:
            pass
        closed += 1
        writer.close()

    tasks = [asyncio.create_task(trickle()) for _ in range(200)]
    await asyncio.sleep(1)
    async with connect(base) as client:
        times = []
        for seed in range(300):
            start = time.monotonic()
            await complete(client, seed, 4)
            times.append(time.monotonic() - start)
    times.sort()
    print(f"200 slow connections: normal requests median {times[150] * 1000:.1f} ms, "
          f"99th percentile {times[296] * 1000:.1f} ms")
    await asyncio.sleep(14)
    print(f"slow connections that were ended after 15 s: {closed} of 200")
    for task in tasks:
        task.cancel()


async def main() -> None:
    base, words = sys.argv[1], sys.argv[2:]
    while words:
        word = words.pop(0)
        if word == "clients":
            await clients(base)
        elif word == "parallel":
            await parallel(base)
        elif word == "memory":
            await memory(base, int(words.pop(0)))
        elif word == "leave":
            await leave(base)
        elif word == "slow":
            await slow(base)


asyncio.run(main())
