/// A DICOM file as a list of elements, Explicit VR Little Endian, to be changed at will: nothing is checked.
struct HandmadeDICOM {
    struct Element {
        var group: UInt16
        var element: UInt16
        var representation: String
        var value: [UInt8]
    }

    var meta: [Element]
    var set: [Element]

    /// 2x2 pixels of 8 bits: 0, 51, 102, 255.
    static var grey: HandmadeDICOM {
        var file = HandmadeDICOM(
            meta: [Element(group: 2, element: 0x10, representation: "UI", value: Array("1.2.840.10008.1.2.1\0".utf8))], set: [])
        file.set(0x0028, 0x0002, "US", [1, 0])
        file.set(0x0028, 0x0004, "CS", Array("MONOCHROME2 ".utf8))
        for (element, number) in [(0x10, 2), (0x11, 2), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] as [(UInt16, UInt8)] {
            file.set(0x0028, element, "US", [number, 0])
        }
        file.set(0x7FE0, 0x0010, "OB", [0, 51, 102, 255])
        return file
    }

    /// Replaces an element, or puts it in its place.
    mutating func set(_ group: UInt16, _ element: UInt16, _ representation: String, _ value: [UInt8]) {
        let new = Element(group: group, element: element, representation: representation, value: value)
        if let place = set.firstIndex(where: { ($0.group, $0.element) >= (group, element) }) {
            if (set[place].group, set[place].element) == (group, element) { set[place] = new } else { set.insert(new, at: place) }
        } else {
            set.append(new)
        }
    }

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
        for element in meta + set {
            bytes += [UInt8(element.group & 255), UInt8(element.group >> 8), UInt8(element.element & 255), UInt8(element.element >> 8)]
            bytes += Array(element.representation.utf8)
            let length = element.value.count
            if ["OB", "OW", "OF", "SQ", "UN", "UT"].contains(element.representation) {
                bytes += [0, 0, UInt8(length & 255), UInt8(length >> 8 & 255), UInt8(length >> 16 & 255), UInt8(length >> 24 & 255)]
            } else {
                bytes += [UInt8(length & 255), UInt8(length >> 8 & 255)]
            }
            bytes += element.value
        }
        return bytes
    }
}
