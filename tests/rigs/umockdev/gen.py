#!/usr/bin/env python3
"""Writes mocked USB devices for umockdev: a device file (*.umockdev) and, where something is said on the wire, a recording (*.pcap).

    gen.py OUT      all devices of the rig, into the folder OUT

umockdev plays a recording strictly in order: every transfer the program submits must be the next one in the file, an IN
transfer's buffer must have the recorded length. Bus and device numbers must match the device file. So a scenario is a list of
calls on Recording, in the order in which the program makes them. What needs a device that listens is in tests/src/usb.
"""

import pathlib
import struct
import sys

CONTROLLER = "/devices/pci0000:00/0000:00:14.0"


# --- descriptors -----------------------------------------------------------------------------------------------------------


def device_descriptor(vendor, product, strings=(1, 2, 3), packet=64):
    return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, packet, vendor, product, 0x0100, *strings, 1)


def configuration(*interfaces):
    body = b"".join(interfaces)
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), len(interfaces), 1, 0, 0x80, 50) + body


INTERRUPT, BULK = 3, 2


def interface(number, usb_class, subclass, protocol, endpoints, extra=b""):
    """endpoints: (address, INTERRUPT or BULK, packet size, interval)"""
    head = struct.pack("<BBBBBBBBB", 9, 4, number, 0, len(endpoints), usb_class, subclass, protocol, 0)
    return head + extra + b"".join(struct.pack("<BBBBHB", 7, 5, a, t, m, i) for a, t, m, i in endpoints)


def hid(report_descriptor):
    return struct.pack("<BBHBBBH", 9, 0x21, 0x0110, 0, 1, 0x22, len(report_descriptor))


# --- device files ----------------------------------------------------------------------------------------------------------


class Device:
    """One plugged-in device; port is the kernel's name of the socket, e.g. 1-1 or 1-1.2."""

    def __init__(self, name, vendor, product, port, address, texts, interfaces, classes):
        self.name, self.port, self.address = name, port, address
        self.bus = int(port.split("-")[0])
        self.vendor, self.product, self.texts, self.classes = vendor, product, texts, classes
        self.descriptors = device_descriptor(vendor, product) + configuration(*interfaces)
        self.children = []

    @property
    def sysfs(self):
        return f"{CONTROLLER}/usb{self.bus}/{self.port}"

    def bound_hid(self, number, report_descriptor):
        """Adds what the kernel shows when usbhid has bound an interface: its report descriptor."""
        hid_name = f"0003:{self.vendor:04X}:{self.product:04X}.{self.address:04X}"
        self.children.append(
            f"P: {self.sysfs}/{self.port}:1.{number}\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n"
            f"A: bInterfaceNumber={number:02x}\n\n"
            f"P: {self.sysfs}/{self.port}:1.{number}/{hid_name}\nE: SUBSYSTEM=hid\n"
            f"H: report_descriptor={report_descriptor.hex().upper()}\n\n"
        )
        return self

    def text(self):
        data = self.descriptors.hex().upper()
        minor = (self.bus - 1) * 128 + self.address - 1
        lines = [
            f"P: {self.sysfs}",
            f"N: bus/usb/{self.bus:03}/{self.address:03}={data}",
            f"E: DEVNAME=/dev/bus/usb/{self.bus:03}/{self.address:03}",
            "E: DEVTYPE=usb_device",
            "E: DRIVER=usb",
            f"E: PRODUCT={self.vendor:x}/{self.product:x}/100",
            "E: TYPE=0/0/0",
            f"E: BUSNUM={self.bus:03}",
            f"E: DEVNUM={self.address:03}",
            "E: MAJOR=189",
            f"E: MINOR={minor}",
            "E: SUBSYSTEM=usb",
            f"E: ID_VENDOR_ID={self.vendor:04x}",
            f"E: ID_MODEL_ID={self.product:04x}",
            f"E: ID_USB_INTERFACES=:{self.classes}:",
            "A: bConfigurationValue=1",
            "A: bNumConfigurations=1",
            f"A: busnum={self.bus}",
            f"A: dev=189:{minor}",
            f"A: devnum={self.address}",
            f"A: devpath={self.port.split('-')[1]}",
            f"A: idProduct={self.product:04x}",
            f"A: idVendor={self.vendor:04x}",
        ]
        lines += [f"A: {name}={value}" for name, value in zip(("manufacturer", "product", "serial"), self.texts) if value]
        lines += ["A: speed=12", "A: version= 2.00", f"H: descriptors={data}"]
        return "\n".join(lines) + "\n\n" + "".join(self.children)

    def write(self, folder):
        (folder / f"{self.name}.umockdev").write_text(self.text())
        return self


class Recording:
    """A pcap of usbmon packets (link type 220) between the program and one device."""

    def __init__(self, device, step=0.01):
        self.device, self.step, self.time, self.urb = device, step, 0.0, 0x1000
        self.bytes = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 220)

    def wait(self, seconds):
        self.time += seconds
        return self

    def _packet(self, event, kind, endpoint, status, length, data=b"", setup=None):
        seconds, micros = int(self.time), int((self.time % 1) * 1e6)
        head = struct.pack(
            "<QcBBBHBBqiiII", self.urb, event, kind, endpoint, self.device.address, self.device.bus,
            0 if setup else ord("-"), 0 if data else ord("<"), seconds, micros, status, length, len(data),
        )
        head += (setup or bytes(8)) + struct.pack("<iiII", 8, 0, 0, 0)
        assert len(head) == 64
        self.bytes += struct.pack("<IIII", seconds, micros, 64 + len(data), 64 + len(data)) + head + data
        self.time += self.step

    def _pair(self, kind, endpoint, asked, answer=b"", setup=None):
        self.urb += 1
        self._packet(b"S", kind, endpoint, -115, asked, b"", setup)
        self._packet(b"C", kind, endpoint, 0, len(answer) if endpoint & 0x80 else asked, answer)
        return self

    def interrupt_in(self, endpoint, data, buffer):
        # Submitted as bulk: see `Claimed::read`.
        return self._pair(3, endpoint, buffer, answer=data)

    def control_in(self, request_type, request, value, index, length, data):
        setup = struct.pack("<BBHHH", request_type, request, value, index, length)
        return self._pair(2, 0x80, length, answer=data, setup=setup)

    def report_descriptor(self, number, data):
        return self.control_in(0x81, 6, 0x2200, number, len(data), data)

    def write(self, folder, name=None):
        (folder / f"{name or self.device.name}.pcap").write_bytes(self.bytes)
        return self


# --- scanners --------------------------------------------------------------------------------------------------------------

# Report 2: byte count, AIM identifier, 56 bytes of data, two vendor bytes, flag "more follows", padding.
POS_REPORT_DESCRIPTOR = bytes.fromhex(
    "058C0902A1010912A1028502150026FF00750895010501093B8102058C09FB09FC09FD9503810209FE953882020106"
    "66FF0904090595028102058C09FF750195012501810275078103C0C0"
)
BOOT_KEYBOARD_DESCRIPTOR = bytes.fromhex(
    "05010906A101050719E029E71500250175019508810295017508810395057501050819012905910295017503910395067508"
    "150025650507190029658100C0"
)


def pos_report(aim, data, more=False):
    return (bytes([2, len(data)]) + aim.encode() + data).ljust(63, b"\0") + bytes([more])


def pos_scanner(name, port, address, serial, vendor=0x0C2E, product=0x0B6A):
    ends = [(0x81, INTERRUPT, 64, 4)]
    part = interface(0, 3, 0, 0, ends, hid(POS_REPORT_DESCRIPTOR))
    return Device(name, vendor, product, port, address, ("Mock", "Point of sale scanner", serial), [part], "030000")


def wedge_scanner(name, port, address, serial, vendor=0x05E0, product=0x1200):
    ends = [(0x81, INTERRUPT, 8, 4)]
    part = interface(0, 3, 1, 1, ends, hid(BOOT_KEYBOARD_DESCRIPTOR))
    return Device(name, vendor, product, port, address, ("Mock", "Keyboard scanner", serial), [part], "030101")


def keystrokes(text):
    """Boot keyboard reports that type text on a US layout; GS is Ctrl+]."""
    shifted = {c: k for c, k in zip('!@#$%^&*()_+{}|:"~<>?', [*range(0x1E, 0x28), 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38])}
    plain = {c: k for c, k in zip("1234567890\n\x1b\b\t -=[]\\", [*range(0x1E, 0x32)])}
    plain |= {c: k for c, k in zip(";'`,./", range(0x33, 0x39))}
    for character in text:
        if character == "\x1d":
            stroke = (1, 0x30)
        elif character.isascii() and character.isalpha():
            stroke = (2 if character.isupper() else 0, 4 + ord(character.lower()) - ord("a"))
        elif character in shifted:
            stroke = (2, shifted[character])
        else:
            stroke = (0, plain[character])
        yield bytes([stroke[0], 0, stroke[1], 0, 0, 0, 0, 0])
        yield bytes(8)


# --- printers --------------------------------------------------------------------------------------------------------------


def printer(name, port, address, serial, vendor=0x0FE6, product=0x811E):
    ends = [(0x01, BULK, 64, 0), (0x82, BULK, 64, 0)]
    part = interface(0, 7, 1, 2, ends)
    return Device(name, vendor, product, port, address, ("Mock", "Label printer", serial), [part], "070102")


# --- the rig ---------------------------------------------------------------------------------------------------------------


def write_all(folder):
    folder.mkdir(parents=True, exist_ok=True)
    long_code = bytes(ord("A") + n % 26 for n in range(120))

    pos = pos_scanner("pos", "1-1", 11, "POS-0001").write(folder)
    wire = Recording(pos).report_descriptor(0, POS_REPORT_DESCRIPTOR)
    wire.interrupt_in(0x81, pos_report("]E0", b"6901234567892"), 64)
    wire.interrupt_in(0x81, pos_report("]C1", b"0106901234567892\x1d10LOT7"), 64)
    for start in range(0, len(long_code), 56):
        wire.interrupt_in(0x81, pos_report("]d2", long_code[start:start + 56], start + 56 < len(long_code)), 64)
    wire.write(folder)

    wedge = wedge_scanner("wedge", "1-2", 12, "WEDGE-0001").write(folder)
    wire = Recording(wedge, step=0.001).report_descriptor(0, BOOT_KEYBOARD_DESCRIPTOR)
    for report in keystrokes("6901234567892\nQT-L-A-01_02\n]C10106901234567892\x1d10LOT7\n"):
        wire.interrupt_in(0x81, report, 8)
    wire.write(folder)

    # Two of a kind without serial numbers, known to the kernel's own driver, so that nobody has to ask for their report descriptors.
    for name, port, address, code in (("twin-a", "1-3.1", 13, b"FROM-A"), ("twin-b", "1-3.2", 14, b"FROM-B")):
        twin = pos_scanner(name, port, address, None).bound_hid(0, POS_REPORT_DESCRIPTOR).write(folder)
        Recording(twin).interrupt_in(0x81, pos_report("]C0", code), 64).write(folder)
    wedge_scanner("keyboard", "1-4", 15, "KEYS-0001").bound_hid(0, BOOT_KEYBOARD_DESCRIPTOR).write(folder)

    printer("printer", "1-5", 16, "PRN-0001").write(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_all(pathlib.Path(sys.argv[1]))
