import Hummingbird
import MiniGPT
import MiniSupport

/// The trainings of the project that is served.
enum RunEndpoints {
    static let list: Service.Handler = { call in
        let runs = call.service.runs
        let models = await call.service.library.list()
        var list: [JSONNode] = []
        for run in await runs.runs() {
            list.append(json(run, await runs.started(run.name), checkpoints: models))
        }
        return Response(
            json: ["runs": .array(list), "canStart": .boolean(await runs.canStart)])
    }

    static let start: Service.Handler = { call in
        let fields = call.fields
        let text = try fields.required("text", try fields.string("text"))
        guard text.utf8.count >= 1_000 else {
            throw APIError.parameter(
                "text", "'text' has too little to learn from; give 1000 bytes or more.")
        }
        let preset = try fields.string("preset") ?? "tiny"
        guard ["tiny", "shakespeare-char", "course"].contains(preset) else {
            throw APIError.parameter(
                "preset", "'preset' must be tiny, shakespeare-char or course.")
        }
        let name = try fields.string("name") ?? "page-\(AnswerLabel.time)"
        guard RunCatalog.isName(name) else {
            throw APIError.parameter(
                "name", "'name' must be 1 to 40 letters, digits and dashes.")
        }
        let iterations = try fields.integer("iterations", in: 1...1_000_000)
        try await call.service.runs.start(
            .init(text: text, name: name, preset: preset, iterations: iterations))
        return Response(json: ["name": .string(name)])
    }

    static let stop: Service.Handler = { call in
        let name = try call.fields.required("name", try call.fields.string("name"))
        try await call.service.runs.stop(name)
        return Response(json: ["name": .string(name)])
    }

    static let metrics: Service.Handler = { call in
        let name = try call.fields.required("name", try call.fields.string("name"))
        let after = try call.fields.integer("after", in: -1...Int.max) ?? -1
        let runs = call.service.runs
        let run = try await runs.run(name)
        let state = run.state(await runs.started(name))
        return Response(
            json: [
                "rows": .array(run.metrics(after: after)),
                "samples": .array(run.samples(after: after)), "state": .string(state),
                "problem": .optional(await runs.lastWords(name)),
            ])
    }

    /// A run as `/api/runs` shows it.
    private static func json(
        _ run: RunRecord, _ process: RunCatalog.Started?, checkpoints: [ModelEntry]
    ) -> JSONNode {
        let last = run.last
        let mine = checkpoints.filter { $0.outline?.run == run.name }
        return [
            "name": .string(run.name), "directory": .string("runs/\(run.name)"),
            "state": .string(run.state(process)), "step": last?["step"] ?? 0,
            "totalSteps": run.totalSteps ?? .null, "loss": last?["loss"] ?? .null,
            "validationLoss": run.lastValidation?["validationLoss"] ?? .null,
            "tokensPerSecond": last?["tokensPerSecond"] ?? .null,
            "checkpoints": .array(
                mine.map { ["id": .string($0.id), "step": .optional($0.outline?.step)] }),
            "canStop": .boolean(process?.isRunning ?? false),
        ]
    }
}
