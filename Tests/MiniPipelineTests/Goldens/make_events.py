"""Makes `events` with TensorBoard's own writer, and reads what `minigpt train` wrote.

    python make_events.py             writes `events` beside this file (tensorboard 2.20)
    python make_events.py runs/NAME   prints the scalars of a run as TensorBoard sees them
"""

import pathlib
import sys


def write(path):
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    def scalars(values):
        return Summary(value=[Summary.Value(tag=t, simple_value=v) for t, v in values])

    largest = 3.4028234663852886e38
    events = [
        Event(wall_time=1000.5, file_version="brain.Event:2"),
        Event(wall_time=1001.25, step=300, session_log=SessionLog(status=SessionLog.START)),
        Event(
            wall_time=1002,
            step=300,
            summary=scalars([("loss/training", 1.5), ("loss/validation", -0.1)]),
        ),
        Event(wall_time=1003, step=1 << 40, summary=scalars([("é", largest)])),
    ]
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()


def show(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    for tag in events.Tags()["scalars"]:
        points = events.Scalars(tag)
        steps = [point.step for point in points]
        assert steps == sorted(set(steps)), f"{tag} has a step twice"
        print(f"{tag}: {len(points)} points, steps {steps[0]} to {steps[-1]}, last {points[-1].value}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        show(sys.argv[1])
    else:
        write(pathlib.Path(__file__).with_name("events"))
