//! Prints the udev rules for all built-in device profiles: `qitao-udev-rules > /etc/udev/rules.d/60-qitao.rules`.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

fn main() {
    print!("{}", qitao_firmware_config::Library::built_in().udev_rules());
}
