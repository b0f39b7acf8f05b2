/// Values that would end a word, a line, a string, an element or a section in one of the formats that Muster writes, and begin
/// something else. Each holds the word ``HostileTexts/injected`` behind it.
package enum HostileTexts {
    package static let injected = "INJECTED"

    package static let all = [
        "a\nINJECTED", "a\r\nINJECTED: true", "a\n%end\n%pre\nINJECTED", "a\" INJECTED", "a' INJECTED", "a; INJECTED",
        "$(INJECTED)", "`INJECTED`", "a # INJECTED", "a\\\nINJECTED", "</user_password><INJECTED/>", "]]><INJECTED/>",
        "<!-- INJECTED", "&INJECTED;", "\"}, {\"INJECTED\": 1", "a: {INJECTED: 1}", "- INJECTED", "a\u{2028}INJECTED",
        "a\u{85}INJECTED: 1", "a\u{0}INJECTED", "a\u{1B}[2JINJECTED", "../../INJECTED", "%include INJECTED",
        "{{INJECTED}}",
        "a --INJECTED", "a\"\u{301} INJECTED", "a'\u{301} INJECTED", "",
    ]
}
