import MusterBase
import ServiceLifecycle

/// Runs a service until `body` is done with it; `body` gets the addresses in the order in which they came up.
///
/// - Parameters:
///   - count: how many addresses are waited for.
///   - make: makes the service, which tells the closure that it gets of each address.
package func withService<Address: Sendable, Result: Sendable>(
    listening count: Int = 1, _ make: (@escaping @Sendable (Address) -> Void) throws -> any Service,
    _ body: @escaping @Sendable ([Address]) async throws -> Result
) async throws -> Result {
    let (stream, continuation) = AsyncStream.makeStream(of: Address.self)
    let service = try make { continuation.yield($0) }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            try await service.run()
            continuation.finish()
            return nil
        }
        group.addTask {
            var addresses: [Address] = []
            for await address in stream {
                addresses.append(address)
                if addresses.count == count { break }
            }
            return try await body(addresses)
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw MusterError(.internalFailure, "the service ended before the test")
    }
}
