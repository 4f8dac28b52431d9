import JSON
import Locking
import Logging
import Service
import Testing

/// Log lines: one entry, one line, whatever is in it.
@Suite struct LogTests {
    private func lines(_ format: Configuration.Log.Format, level: Logger.Level = .info, _ body: (Logger) -> Void) -> [String] {
        let written = Lock<[UInt8]>([])
        let handler = ServiceLogHandler(
            label: "t", format: format, level: level, write: { bytes in written.withLock { $0 += bytes } }, now: { "2026-01-02T03:04:05.678Z" })
        body(Logger(label: "t") { _ in handler })
        return String(decoding: written.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func jsonIsOneObjectALine() throws {
        let lines = lines(.json) { logger in
            logger.info("a\"b\nc\u{1B}", metadata: ["n": .stringConvertible(3), "ms": .stringConvertible(1.5), "s": "x\r\ny", "list": ["1", "2"], "level": "forged"])
            logger.debug("not this")
        }
        #expect(lines.count == 1)
        #expect(
            try JSONReader().read(lines[0]) == [
                "time": "2026-01-02T03:04:05.678Z", "level": "info", "logger": "t", "message": "a\"b\nc\u{1B}", "list": ["1", "2"], "ms": 1.5,
                "n": 3, "s": "x\r\ny",
            ])
    }

    @Test func textHasNoControlCharacters() {
        let lines = lines(.text) { $0.warning("a\nb\u{1B}[31m", metadata: ["k": "v\r"]) }
        #expect(lines == ["2026-01-02T03:04:05.678Z WARNING t: a\u{FFFD}b\u{FFFD}[31m k=v\u{FFFD}"])
    }
}
