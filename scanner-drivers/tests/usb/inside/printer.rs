//! A label printer of the USB printer class: `usblp` has it first.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use qitao_labels::Language;
use qitao_scanner_drivers::printer::job::{ask, print, start_over};
use qitao_scanner_drivers::printer::{Fault, Patience, Printed, PrinterAddress, PrinterPort};

use crate::gadget::{Gadget, Mechanism, PRINTER, soon};

const LP: &str = "/dev/usb/lp0";

/// A label of so many bytes, every kind of byte but ESC among them.
fn label(length: usize) -> Vec<u8> {
    (0..=255_u8).filter(|byte| *byte != 0x1B).cycle().take(length).collect()
}

async fn open(gadget: &Gadget) -> std::io::Result<PrinterPort> {
    PrinterPort::open(&PrinterAddress::Usb(gadget.wanted())).await
}

async fn printed(port: &mut PrinterPort, label: &[u8]) -> Printed {
    print(port, Language::Tspl, label, 1, Patience::default(), |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_label_is_printed_byte_for_byte_and_confirmed_also_by_a_slow_printer() {
    let gadget = Gadget::plug(&PRINTER);
    let mechanism = Mechanism::on(Duration::from_millis(40));
    let mut port = open(&gadget).await.unwrap();
    assert_eq!(port.model().as_deref(), Some("GP-1324D, says it understands TSPL"));
    assert_eq!(ask(&mut port, Language::Tspl, Patience::default()).await.fault(), None);
    let label = label(200_000);
    assert_eq!(printed(&mut port, &label).await, Printed::Confirmed);
    assert!(mechanism.received() == label, "what arrived is not what was sent");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn the_kernels_printer_goes_while_ours_is_open_and_can_be_printed_on_afterwards() {
    let gadget = Gadget::plug(&PRINTER);
    let mechanism = Mechanism::on(Duration::ZERO);
    assert!(Path::new(LP).exists());
    let mut port = open(&gadget).await.unwrap();
    assert_eq!((gadget.driver(), Path::new(LP).exists()), (None, false));
    assert_eq!(printed(&mut port, b"OURS\r\n").await, Printed::Confirmed);
    drop(port);
    gadget.is_the_kernels();
    soon("the kernel's node", || Path::new(LP).exists());
    fs::write(LP, b"THEIRS\r\n").unwrap();
    soon("it to be printed", || mechanism.received() == b"OURS\r\nTHEIRS\r\n");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_printer_that_stops_taking_bytes_leaves_the_label_in_doubt_and_prints_the_next_when_it_was_told_to_start_anew() {
    let gadget = Gadget::plug(&PRINTER);
    let mechanism = Mechanism::on(Duration::ZERO);
    let mut port = open(&gadget).await.unwrap();
    let label = label(400_000);
    let stops = async {
        while mechanism.received().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        mechanism.takes(false);
    };
    let (outcome, ()) = tokio::join!(printed(&mut port, &label), stops);
    assert!(matches!(outcome, Printed::Uncertain { .. }), "{outcome:?}");
    mechanism.takes(true);
    let again = start_over(&mut port, Language::Tspl, label.len(), Patience::default()).await.unwrap();
    assert_eq!(again.fault(), None);
    assert!(mechanism.received().is_empty());
    assert_eq!(printed(&mut port, b"NEXT\r\n").await, Printed::Confirmed);
    assert_eq!(mechanism.received(), b"NEXT\r\n");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_printer_that_is_off_behind_its_wire_is_sent_no_label() {
    let gadget = Gadget::plug(&PRINTER);
    // Its wire takes nothing at all.
    let mut port = open(&gadget).await.unwrap();
    assert_eq!(printed(&mut port, b"NEVER\r\n").await, Printed::NotSent { fault: Fault::Silent });
    let mechanism = Mechanism::on(Duration::ZERO);
    assert_eq!(ask(&mut port, Language::Tspl, Patience::default()).await.fault(), None);
    drop(mechanism);
    // Its wire takes what there is memory for.
    assert_eq!(ask(&mut port, Language::Tspl, Patience::default()).await.fault(), Some(Fault::Silent));
    assert_eq!(printed(&mut port, b"NEVER\r\n").await, Printed::NotSent { fault: Fault::Silent });
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_plug_that_is_pulled_inside_a_label_leaves_it_in_doubt_and_the_printer_is_the_same_again() {
    let gadget = Gadget::plug(&PRINTER);
    let port_path = gadget.seen().unwrap().identity;
    for _ in 0..3 {
        let mechanism = Mechanism::on(Duration::from_millis(5));
        let mut port = open(&gadget).await.unwrap();
        let label = label(2_000_000);
        let pulls = async {
            while mechanism.received().len() < 100_000 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            gadget.pull();
        };
        let (outcome, ()) = tokio::join!(printed(&mut port, &label), pulls);
        assert_eq!(outcome, Printed::Uncertain { fault: Fault::Unreachable });
        assert!(mechanism.received().len() < label.len());
        // The old wire is dead, and says so at once; nothing goes out on it.
        assert_eq!(printed(&mut port, b"NEVER\r\n").await, Printed::NotSent { fault: Fault::Unreachable });
        soon("the host to notice", || gadget.seen().is_none());
        assert_eq!(open(&gadget).await.err().map(|error| error.kind()), Some(ErrorKind::NotFound));
        drop((port, mechanism));
        gadget.push();
        gadget.is_the_kernels();
        assert_eq!(gadget.seen().unwrap().identity, port_path);
        let mechanism = Mechanism::on(Duration::ZERO);
        let mut port = open(&gadget).await.unwrap();
        assert_eq!(printed(&mut port, b"AFTER\r\n").await, Printed::Confirmed);
        assert!(mechanism.received().ends_with(b"AFTER\r\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn who_comes_second_is_told_that_another_program_has_the_printer() {
    let gadget = Gadget::plug(&PRINTER);
    let mechanism = Mechanism::on(Duration::ZERO);
    let mut first = open(&gadget).await.unwrap();
    let refused = open(&gadget).await.err().unwrap();
    assert_eq!((refused.kind(), refused.to_string().as_str()), (ErrorKind::ResourceBusy, "in use by another program"));
    assert_eq!(printed(&mut first, b"FIRST\r\n").await, Printed::Confirmed);
    drop(first);
    let mut second = open(&gadget).await.unwrap();
    assert_eq!(printed(&mut second, b"SECOND\r\n").await, Printed::Confirmed);
    assert_eq!(mechanism.received(), b"FIRST\r\nSECOND\r\n");
}
