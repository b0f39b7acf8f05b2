import Profiles
import Testing

@Suite("boot.ipxe")
struct BootScriptTests {
    @Test("the script is as it was when it last booted machines")
    func golden() throws {
        let site = try TestSite()
        _ = try site.store.createFromImage("web", image: "debian-12")
        let script = try site.text("os/web/boot.ipxe")
        #expect(
            script == """
                #!ipxe
                # Written by Muster from profile.yaml; changes here are lost at: muster profile update-boot web
                # image: debian-12@1
                set tries:int32 0
                :start
                echo Muster: profile web, image debian-12@1
                imgfree
                kernel ../../images/debian-12/1/kernel initrd=initramfs initrd=addons.cpio initrd=site.cpio \
                rdinit=/usr/lib/muster/early-init console=tty0 console=ttyS0,115200n8 muster.profile=web || goto failed
                initrd --name initramfs ../../images/debian-12/1/initramfs || goto failed
                initrd --name addons.cpio ../../site/addons.cpio || goto failed
                initrd --name site.cpio ../../site/site.cpio || goto failed
                boot || goto failed
                :failed
                inc tries
                iseq ${tries} 30 && reboot ||
                echo Muster: loading failed (try ${tries}), trying again in 8 seconds
                sleep 8
                goto start

                """)
    }

    @Test("nothing in it is particular to a server, so any member can give it")
    func relative() throws {
        let site = try TestSite()
        _ = try site.store.createFromImage("web", image: "debian-12@1")
        let script = try site.text("os/web/boot.ipxe")
        #expect(!script.contains("http"))
        #expect(!script.contains(site.directory.path))
    }

    @Test("the version that a script gives can be read from it")
    func version() throws {
        let site = try TestSite()
        _ = try site.store.createFromImage("web", image: "debian-12")
        #expect(try site.store.bootedImage(of: "web")?.description == "debian-12@1")
        #expect(BootScript.image(ofScript: "#!ipxe\nboot\n") == nil)
        #expect(try site.store.bootedImage(of: "absent") == nil)
    }
}
