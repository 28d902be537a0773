/// Where documents come from: an encyclopedia, a library, addresses, files.
///
/// A source that is asked the same and gets the same answers gives the same documents in the same
/// order: that is what lets a collection go on after a break.
public protocol TextSource: Sendable {
    /// What is asked for, by the names of the settings; the same for the same documents.
    var settings: [String: String] { get }

    /// At least so many seconds between two questions, if the server asks for a slower pace.
    var interval: Double { get }

    /// Fetches the documents.
    ///
    /// - Throws: `PipelineError`, or `CancellationError` when the task was cancelled.
    func documents(
        for project: Project, through web: Web, reporting notebook: Notebook
    ) async throws -> [Document]
}

extension TextSource {
    /// The pace of the collection is slow enough.
    public var interval: Double { 0 }
}
