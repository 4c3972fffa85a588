//! Label printers on USB and on serial lines through the real agent: confirmed by the printer, or a fault that a person settles.

use std::time::{Duration, Instant};

use qitao_labels::Language;
use qitao_tests::printer::{LabelPrinter, Mood, SerialPrinter};
use qitao_tests::usb::UsbPrinter;
use serde_json::{Value, json};

use crate::usb::{Scene, soon};

/// Bytes into a job: behind the question before it, inside the picture.
const INSIDE: usize = 400;

fn usb(id: &str, serial: &str) -> String {
    format!("[[printer]]\nid = \"{id}\"\naddress.usb = {{ vendor = 0x0fe6, product = 0x811e, serial = \"{serial}\" }}\n")
}

fn serial(id: &str, language: &str, folder: &std::path::Path) -> String {
    let path = folder.join(id).display().to_string();
    format!("[[printer]]\nid = \"{id}\"\naddress.serial = {{ path = {path:?}, baud = 115200 }}\nlanguage = \"{language}\"\n")
}

impl Scene {
    async fn submit(&self, printer: &str, copies: u32) -> u64 {
        let label = json!({"template": "location", "data": {"code": "A-01", "name": "一楼 货架"}, "printer": printer, "copies": copies});
        self.post("/api/print", &label).await["number"].as_u64().unwrap()
    }

    async fn job(&self, number: u64) -> Value {
        self.get("/api/print/jobs").await.as_array().unwrap().iter().find(|job| job["number"] == number).cloned().unwrap()
    }

    async fn becomes(&self, number: u64, state: &str) -> Duration {
        soon(&format!("job {number} to be {state}"), || async { self.job(number).await["state"]["state"] == state }).await
    }

    async fn fault(&self, printer: &str) -> Value {
        let state = self.get("/api/state").await;
        state["printers"].as_array().unwrap().iter().find(|row| row["id"] == printer).unwrap()["fault"].clone()
    }

    async fn shows(&self, printer: &str, fault: Value) -> Duration {
        soon(&format!("{printer} to show {fault}"), || async { self.fault(printer).await == fault }).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usb_printer_is_found_when_it_is_plugged_in_prints_confirms_and_names_its_faults() {
    let scene = Scene::set(tempfile::tempdir().unwrap(), &usb("label", "P1"));
    let printer = LabelPrinter::new(Language::Zpl);
    scene.shows("label", json!("unreachable")).await;
    let early = scene.submit("label", 1).await;
    let plug = scene.bus.plug("1-2", UsbPrinter::before(&printer, "P1")).unwrap();
    let found = scene.becomes(early, "confirmed").await;
    assert_eq!(printer.labels().len(), 1);
    assert!(printer.labels()[0].starts_with(b"^XA") && printer.labels()[0].ends_with(b"^XZ"));
    scene.shows("label", Value::Null).await;
    soon("usblp to have its printer back", || async { plug.driver_bound() }).await;

    // It says that it prints for a while, and only then is the job over.
    printer.prints_for(3);
    let three = scene.submit("label", 3).await;
    scene.becomes(three, "sending").await;
    scene.becomes(three, "confirmed").await;
    assert_eq!(printer.labels().len(), 4);
    printer.prints_for(0);
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let job = scene.submit("label", 1).await;
        scene.becomes(job, "confirmed").await;
        times.push(began.elapsed());
    }
    assert_eq!(printer.labels().len(), 9);
    println!(
        "USB printer: a waiting job is confirmed {found:?} after the plug goes in; a label is confirmed {times:?} after it was asked for"
    );

    // A ZPL printer without paper does not answer; it says why when it is asked more closely.
    printer.set(Mood::PaperOut);
    let waits = scene.submit("label", 1).await;
    scene.shows("label", json!("paper_out")).await;
    assert_eq!(scene.job(waits).await["state"]["state"], "queued");
    printer.set(Mood::Well);
    scene.becomes(waits, "confirmed").await;
    assert_eq!(printer.labels().len(), 10);
    let said = scene.edge.doctor().unwrap();
    assert!(said.contains("✓ 打印机 printer label: ready (LP-P1, says it understands ZPL)"), "{said}");

    // The plug is pulled inside a label.
    printer.set_after(INSIDE, Mood::Stuck);
    let cut = scene.submit("label", 1).await;
    scene.becomes(cut, "sending").await;
    soon("the label to be under way", || async { printer.mood() == Mood::Stuck }).await;
    plug.pull();
    scene.becomes(cut, "uncertain").await;
    scene.shows("label", json!("unreachable")).await;
    let said = scene.edge.doctor().unwrap();
    assert!(said.contains("✗ 打印机 printer label: cannot be reached (not found)"), "{said}");
    printer.set(Mood::Well);
    let _plug = scene.bus.plug("1-2", UsbPrinter::before(&printer, "P1")).unwrap();
    let ready = scene.shows("label", Value::Null).await;
    println!("USB printer: ready again {ready:?} after its plug went in");
    assert_eq!(
        (printer.labels().len(), &scene.job(cut).await["state"]["state"]),
        (10, &json!("uncertain")),
        "it is not printed again by itself"
    );
    let again = scene.post(&format!("/api/print/jobs/{cut}/settle"), &json!({"done": 0, "sent": 1, "printed": 0})).await;
    scene.becomes(again["number"].as_u64().unwrap(), "confirmed").await;
    assert_eq!(printer.labels().len(), 11);
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn zpl_and_tspl_printers_on_serial_lines_confirm_their_labels_and_name_their_faults() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["zpl", "tspl"].map(|language| serial(language, language, folder.path())).concat();
    let lines = [("zpl", Language::Zpl), ("tspl", Language::Tspl)]
        .map(|(id, language)| (id, SerialPrinter::plug_in(&folder.path().join(id), &LabelPrinter::new(language)).unwrap()));
    let scene = Scene::set(folder, &settings);
    for (id, mut printer) in lines {
        scene.shows(id, Value::Null).await;
        printer.prints_for(2);
        let began = Instant::now();
        let job = scene.submit(id, 2).await;
        scene.becomes(job, "sending").await;
        scene.becomes(job, "confirmed").await;
        println!("{id} printer on a serial line: two labels, two times still printing, confirmed after {:?}", began.elapsed());
        assert_eq!(printer.labels().len(), 2);
        printer.prints_for(0);

        // ZPL printers fall silent without paper and tell why when they are asked more closely, TSPL printers say so. Nothing is sent then, and everything when
        // there is paper.
        printer.set(Mood::PaperOut);
        let waits = scene.submit(id, 1).await;
        scene.shows(id, json!("paper_out")).await;
        assert_eq!(scene.job(waits).await["state"]["state"], "queued");
        printer.set(Mood::Well);
        scene.becomes(waits, "confirmed").await;
        assert_eq!(printer.labels().len(), 3);

        // Paper runs out inside the job and is put in: the printer goes on, and so does the job.
        printer.set_after(INSIDE, Mood::PaperOut);
        let job = scene.submit(id, 1).await;
        soon("the paper to be out", || async { printer.mood() == Mood::PaperOut }).await;
        printer.set(Mood::Well);
        scene.becomes(job, "confirmed").await;
        assert_eq!(printer.labels().len(), 4);

        // Pieces of answers are no answers.
        printer.set(Mood::Torn);
        let waits = scene.submit(id, 1).await;
        scene.shows(id, json!("silent")).await;
        assert_eq!((scene.job(waits).await["state"]["state"].clone(), printer.labels().len()), (json!("queued"), 4));
        printer.set(Mood::Well);
        scene.becomes(waits, "confirmed").await;

        printer.set_after(INSIDE, Mood::Stuck);
        let cut = scene.submit(id, 1).await;
        soon("the label to be under way", || async { printer.mood() == Mood::Stuck }).await;
        printer.unplug();
        scene.becomes(cut, "uncertain").await;
        scene.shows(id, json!("unreachable")).await;
        let said = scene.edge.doctor().unwrap();
        assert!(said.contains(&format!("✗ 打印机 printer {id}: cannot be reached")), "{said}");
        printer.set(Mood::Well);
        printer.replug().unwrap();
        scene.shows(id, Value::Null).await;
        assert_eq!((printer.labels().len(), &scene.job(cut).await["state"]["state"]), (5, &json!("uncertain")));
        let said = scene.edge.doctor().unwrap();
        assert!(said.contains(&format!("✓ 打印机 printer {id}: ready")), "{said}");
    }
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn printers_that_fall_silent_inside_a_job_leave_it_uncertain_and_never_done() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        [usb("usb-mute", "M1"), usb("usb-stuck", "S1"), serial("zpl", "zpl", folder.path()), serial("tspl", "tspl", folder.path())];
    let [usb_mute, usb_stuck, zpl] = [(); 3].map(|()| LabelPrinter::new(Language::Zpl));
    let tspl = LabelPrinter::new(Language::Tspl);
    let _lines = [("zpl", &zpl), ("tspl", &tspl)].map(|(id, printer)| SerialPrinter::plug_in(&folder.path().join(id), printer).unwrap());
    let scene = Scene::set(folder, &settings.concat());
    let _mute = scene.bus.plug("1-2", UsbPrinter::before(&usb_mute, "M1")).unwrap();
    let _stuck = scene.bus.plug("1-3", UsbPrinter::before(&usb_stuck, "S1")).unwrap();
    let printers = [
        ("usb-mute", &usb_mute, Mood::Mute),
        ("usb-stuck", &usb_stuck, Mood::Stuck),
        ("zpl", &zpl, Mood::Mute),
        ("tspl", &tspl, Mood::Mute),
    ];
    let mut jobs = Vec::new();
    for (id, printer, mood) in printers {
        scene.shows(id, Value::Null).await;
        printer.set_after(INSIDE, mood);
        jobs.push(scene.submit(id, 1).await);
    }
    let began = Instant::now();
    for ((id, printer, mood), job) in printers.iter().zip(&jobs) {
        soon(&format!("{id} to fall silent"), || async { printer.mood() == *mood }).await;
        scene.becomes(*job, "uncertain").await;
        assert!(!scene.fault(id).await.is_null());
        println!("{id}: uncertain {:?} after the job", began.elapsed());
    }
    for (id, printer, ..) in printers {
        printer.set(Mood::Well);
        scene.shows(id, Value::Null).await;
    }
    // Well again, and nothing is printed by itself.
    for ((id, printer, ..), job) in printers.iter().zip(&jobs) {
        assert!(printer.labels().is_empty(), "{id}");
        assert_eq!(scene.job(*job).await["state"]["state"], "uncertain", "{id}");
    }
    scene.nobody_panicked();
}
