import DeploymentModel
import MusterBase

/// Whether a machine can hold an image in memory: asked before the download, so that the answer is a sentence and not
/// a machine that stops in the middle.
public enum MemoryCheck {
    /// What the system needs beside the image to come up, in octets.
    public static let reserve: Int64 = 64 << 20

    /// Throws `exhausted` with what there is and what it takes.
    public static func verify(_ manifest: ImageManifest, memory: MemoryFacts) throws {
        let image = "\(manifest.name)@\(manifest.version)"
        // The kernel itself and the firmware keep some for themselves, so a machine of 1 GiB shows less.
        let nominal = memory.total + memory.total / 10
        guard nominal >= manifest.minimalMemory else {
            throw MusterError(
                .exhausted,
                "\(image) needs a machine with \(sizeText(manifest.minimalMemory)) of memory, this one has "
                    + sizeText(memory.total),
                advice: "the machine's memory, or give the node a profile with a smaller image")
        }
        guard memory.available >= manifest.root.size + reserve else {
            throw MusterError(
                .exhausted,
                "\(image) takes \(sizeText(manifest.root.size)) of memory and \(sizeText(reserve)) to start, and only "
                    + "\(sizeText(memory.available)) is free",
                advice: "the machine's memory, or give the node a profile with a smaller image")
        }
    }
}
