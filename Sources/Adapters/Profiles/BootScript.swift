import DeploymentModel
import Images
import LinuxSystem
import Mustache
import MusterBase

/// The script that iPXE runs: the same for every machine of a profile.
///
/// All addresses are relative to the script's own, so that it holds on any member and over HTTP, HTTPS and TFTP. The
/// version stands in it, so that kernel, modules and root always belong together, whatever is packed meanwhile.
public struct BootScript: Sendable {
    /// What the script gives to a machine.
    public struct Values: Sendable {
        public var profile: Profile
        public var source: Source

        public init(profile: Profile, source: Source) {
            self.profile = profile
            self.source = source
        }
    }

    /// Where kernel and initramfs come from.
    public enum Source: Sendable, Hashable {
        case image(ImageReference)
        /// The medium of that name, of which the profile has so many initramfs archives in ``BootFiles``.
        case medium(String, archives: Int)

        /// What it is and which, for people: `image` and `debian-12@7`.
        fileprivate var kind: String { if case .image = self { "image" } else { "medium" } }
        fileprivate var name: String {
            switch self {
            case .image(let image): image.description
            case .medium(let name, _): name
            }
        }

        fileprivate var kernel: String {
            switch self {
            case .image(let image): "../../images/\(image.name)/\(image.version)/kernel"
            case .medium(let name, _): BootFiles.kernel(name)
            }
        }

        fileprivate var archives: [(name: String, path: String)] {
            switch self {
            case .image(let image): [("initramfs", "../../images/\(image.name)/\(image.version)/initramfs")]
            case .medium(let name, let count):
                (0..<count).map { ("initramfs\($0 == 0 ? "" : "-\($0 + 1)")", BootFiles.initramfs($0, name)) }
                    + [("padding", BootFiles.padding(name))]
            }
        }
    }

    /// What comes behind an image's or a medium's own initramfs; below the public directory, with a slash in front.
    static let ownArchives = ["/site/addons.cpio", "/site/site.cpio"]

    private let template: MustacheTemplate

    public init() throws {
        do { template = try MustacheTemplate(string: Self.text) } catch {
            throw MusterError(.internalFailure, "the template of boot.ipxe cannot be read", cause: error)
        }
    }

    public func render(_ values: Values) -> String {
        let own = Self.ownArchives.map { (FilePathText.lastComponent(of: $0), "../..\($0)") }
        let archives = (values.source.archives + own).map { ["name": $0.0, "path": $0.1] }
        let object: [String: Any] = [
            "profile": values.profile.name,
            "kind": values.source.kind,
            "source": values.source.name,
            "kernel": values.source.kernel,
            "arguments": values.profile.bootArguments.joined(separator: " "),
            "archives": archives,
        ]
        return template.render(object)
    }

    /// The version that a rendered script gives; nil when the text is no such script.
    public static func image(ofScript text: String) -> ImageReference? {
        text.split(separator: "\n").first { $0.hasPrefix(imageMark) }
            .flatMap { ImageReference($0.dropFirst(imageMark.count)) }
    }

    private static let imageMark = "# image: "

    /// Old iPXE in UEFI wants `initrd=NAME` for each archive. A member that is being restarted must not strand machines:
    /// after a failure the script begins again, and after about four minutes the machine starts anew, in case that the
    /// profile was changed meanwhile.
    private static let text = """
        {{% CONTENT_TYPE:TEXT}}
        #!ipxe
        # Written by Muster from profile.yaml; changes here are lost at: muster profile update-boot {{profile}}
        # {{kind}}: {{source}}
        set tries:int32 0
        :start
        echo Muster: profile {{profile}}, {{kind}} {{source}}
        imgfree
        kernel {{kernel}}{{#archives}} initrd={{name}}{{/archives}} {{arguments}} || goto failed
        {{#archives}}
        initrd --name {{name}} {{path}} || goto failed
        {{/archives}}
        boot || goto failed
        :failed
        inc tries
        iseq ${tries} 30 && reboot ||
        echo Muster: loading failed (try ${tries}), trying again in 8 seconds
        sleep 8
        goto start

        """
}
