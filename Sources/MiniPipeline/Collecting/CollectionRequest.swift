/// A collection with everything that was chosen for it: where the texts are, and how to ask for them.
public struct CollectionRequest: Sendable {
    /// Where the texts come from.
    public var source: any TextSource
    /// How servers can reach whoever collects: an address of mail or of a page.
    public var contact: String?
    /// How fast servers are asked.
    public var pace = Pace()
    /// Whether what was collected before is dropped.
    public var replaces = false

    /// A collection from a source, at the pace that suits a public server.
    public init(_ source: any TextSource, contact: String? = nil) {
        self.source = source
        self.contact = contact
    }

    /// Collects into a project.
    ///
    /// - Parameter tell: hears what is going on, on any thread.
    /// - Throws: `PipelineError` when it cannot go on, `CancellationError` when the task was
    ///   cancelled. What had come by then is kept for the next time.
    @discardableResult
    public func run(
        in project: Project, tell: @escaping @Sendable (CollectionEvent) -> Void = { _ in }
    ) async throws -> CollectionSummary {
        var collector = Collector(project)
        collector.replaces = replaces
        collector.contact = contact
        collector.pace = pace
        return try await collector.collect(source, tell: tell)
    }
}
