import TestSupport

/// A directory `public` with files to be served, beside one that is not, in a temporary place.
final class FileTree: Sendable {
    private let directory: TemporaryDirectory
    var base: String { directory.path }
    var root: String { directory.path("public") }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(distinctOctets(200_000), to: "public/boot/loader")
        try directory.write(distinctOctets(1024), to: "public/exact")
        try directory.write("", to: "public/empty")
        try directory.write("one\ntwo\n", to: "public/text")
        try directory.write("secret", to: "secret")
        try directory.write("kernel", to: "distributions/vmlinuz")
        try directory.link("public/inside", to: "boot/loader")
        try directory.link("public/outside", to: "../secret")
        try directory.link("public/media", to: "../distributions")
    }
}
