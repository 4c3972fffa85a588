//! udev rules from the profiles, so that who may open a device and what is done with it never disagree.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::library::Library;
use crate::profile::Profile;

const HEAD: &str = "\
# Qitao: lets the group qitao, and whoever sits at the machine, open scanners and printers.
# Made from the device profiles; do not edit, make it again with qitao-udev-rules.
#
# Kernel drivers stay loaded. usbhid and usblp hold a device until Qitao opens it; Qitao takes them off that one interface and
# gives it back when it stops, so a scanner types again and /dev/usb/lp* is there again.
# ModemManager must not talk to serial scanners: its probing looks like commands to them.

ACTION==\"remove\", GOTO=\"qitao_end\"
";

impl Library {
    /// The text of a rules file. Must be named so that it sorts before `73-seat-late.rules`, where `uaccess` is acted on.
    #[must_use]
    pub fn udev_rules(&self) -> String {
        let mut devices = BTreeSet::new();
        let mut classes = BTreeSet::new();
        for profile in self.profiles() {
            match (profile.vendor, profile.products.as_slice(), profile.class) {
                (Some(vendor), [], _) => {
                    devices.insert((vendor, None));
                }
                (Some(vendor), products, _) => devices.extend(products.iter().map(|product| (vendor, Some(*product)))),
                (None, _, Some(class)) => {
                    classes.insert(class);
                }
                (None, _, None) => {}
            }
        }
        // A rule for all of a vendor's devices makes those for single ones needless.
        let whole: BTreeSet<u16> = devices.iter().filter(|(_, product)| product.is_none()).map(|(vendor, _)| *vendor).collect();
        devices.retain(|(vendor, product)| product.is_none() || !whole.contains(vendor));

        let mut text = HEAD.to_owned();
        for (vendor, product) in devices {
            let covered = |profile: &&Profile| match product {
                Some(product) => profile.vendor == Some(vendor) && profile.products.contains(&product),
                None => profile.vendor == Some(vendor) && profile.products.is_empty(),
            };
            let name = self.profiles().iter().find(covered).map_or("", |profile| profile.name.as_str());
            let one = |letter: &str| {
                let product = product.map_or_else(String::new, |product| format!(", {letter}{{idProduct}}==\"{product:04x}\""));
                format!("{letter}{{idVendor}}==\"{vendor:04x}\"{product}")
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n# {name}");
            let _ = writeln!(text, "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", {}, {RIGHTS}", one("ATTR"));
            let _ = writeln!(text, "SUBSYSTEM==\"tty\", {}, {RIGHTS}, ENV{{ID_MM_DEVICE_IGNORE}}=\"1\"", one("ATTRS"));
        }
        for class in classes {
            let _ = writeln!(text, "\n# Any device of USB class {class:02x}");
            let _ = writeln!(
                text,
                "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ENV{{ID_USB_INTERFACES}}==\"*:{class:02x}????:*\", {RIGHTS}"
            );
        }
        text.push_str("\nLABEL=\"qitao_end\"\n");
        text
    }
}

const RIGHTS: &str = "GROUP=\"qitao\", MODE=\"0660\", TAG+=\"uaccess\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_file_that_gets_installed_is_made_from_these_profiles() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/udev/60-qitao.rules");
        let installed = std::fs::read_to_string(file).unwrap();
        let again = "cargo run -p qitao-firmware-config --bin qitao-udev-rules > deploy/udev/60-qitao.rules";
        assert!(installed == Library::built_in().udev_rules(), "{file} is not what the profiles say; make it again: {again}");
    }

    #[test]
    fn every_profile_has_a_rule_and_every_rule_gives_the_group_and_the_seat_access() {
        let library = Library::built_in();
        let rules = library.udev_rules();
        for profile in library.profiles() {
            match (profile.vendor, profile.class) {
                (Some(vendor), _) => assert!(rules.contains(&format!("ATTR{{idVendor}}==\"{vendor:04x}\"")), "{}", profile.id),
                (None, Some(class)) => assert!(rules.contains(&format!("*:{class:02x}????:*")), "{}", profile.id),
                (None, None) => panic!("{} matches nothing", profile.id),
            }
        }
        for line in rules.lines().filter(|line| line.starts_with("SUBSYSTEM")) {
            assert!(line.contains("GROUP=\"qitao\", MODE=\"0660\", TAG+=\"uaccess\""), "{line}");
            assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        }
    }

    #[test]
    fn single_models_get_rules_of_their_own_only_when_their_vendor_has_none() {
        let own = "[[device]]\nid = \"one\"\nname = \"One\"\nvendor = \"abcd\"\nproducts = [\"0001\", \"0002\"]\nrole = \"scanner\"\ninterface = \"serial\"\n";
        let rules = Library::default().with(&[("own.toml", own)]).unwrap().udev_rules();
        assert!(rules.contains("ATTR{idVendor}==\"abcd\", ATTR{idProduct}==\"0001\""));
        assert!(rules.contains("ATTRS{idVendor}==\"abcd\", ATTRS{idProduct}==\"0002\""));
        assert!(!Library::built_in().udev_rules().contains("idProduct"));
    }
}
