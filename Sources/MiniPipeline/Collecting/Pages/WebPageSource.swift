import Foundation

/// Texts and pages at any addresses.
public struct WebPageSource: TextSource {
    /// The addresses of the pages and texts, http or https.
    public var addresses: [String]
    /// The terms they are offered under, which only the user can know.
    public var license: String?
    /// An answer of more bytes is left out.
    public var largestBody: Int

    /// The pages and texts at some addresses.
    public init(_ addresses: [String], license: String? = nil, largestBody: Int = 64 << 20) {
        self.addresses = addresses
        self.license = license
        self.largestBody = largestBody
    }

    /// What was asked for, by the names of the settings.
    public var settings: [String: String] {
        var settings = ["source": "url", "url": addresses.joined(separator: " ")]
        settings["license"] = license
        return settings
    }

    /// Fetches the addresses one after the other.
    public func documents(
        for project: Project, through web: Web, reporting notebook: Notebook
    ) async throws -> [Document] {
        var documents: [Document] = []
        for (index, address) in addresses.enumerated() {
            guard let url = URL(string: address), url.isWeb else {
                throw PipelineError("\(address) is not an http or https address.")
            }
            do {
                let response = try await web.fetch(url, largestBody: largestBody)
                documents.append(try document(response, address).get())
            } catch let problem as Problem {
                notebook.skip(address, problem.description)
            } catch let failure as HTTPFailure {
                notebook.skip(address, "cannot be had: \(failure)")
            }
            notebook.progress(index + 1, of: addresses.count, address)
        }
        return documents
    }

    private struct Problem: Error {
        let description: String
    }

    private func document(_ response: HTTPResponse, _ address: String) -> Result<Document, Problem>
    {
        guard response.status == 200 else {
            return .failure(Problem(description: "answers with status \(response.status)"))
        }
        switch WebText.read(response) {
        case .failure(.type(let type)):
            return .failure(Problem(description: "is \(type), which is not text"))
        case .failure(.charset(let name)):
            return .failure(Problem(description: "is written in \(name), which is not known here"))
        case .failure(.binary):
            return .failure(Problem(description: "is not text in the encoding it names"))
        case .success(let page):
            let html = page.isHTML ? HTMLText(page.text) : nil
            let text = html?.text ?? page.text
            guard !text.allSatisfy(\.isWhitespace) else {
                return .failure(Problem(description: "has no text"))
            }
            return .success(
                Document(
                    id: address, title: html?.title, text: text,
                    source: response.url.absoluteString, license: license))
        }
    }
}
