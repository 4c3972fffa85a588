//! A device that somebody sets otherwise is seen at the hub within a minute, at the pace at which agents look unless they are told otherwise.

use std::time::{Duration, Instant};

use qitao_domain::ids::DeviceId;
use qitao_scanner_drivers::scanner::serial::SerialSettings;
use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::shift::until;

use crate::settable::Settable;

/// Within a minute: the promise, and what the test waits for.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_somebody_sets_otherwise_is_seen_at_the_hub_within_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300"]).unwrap();
    let gun = Settable::plug_in(&folder.path().join("gun"), "newland", &[]);
    let printer = Settable::plug_in(&folder.path().join("printer"), "zpl", &[]);
    let settings = format!(
        "[[station]]\nid = \"desk-1\"\nscanner.serial.target.path = {:?}\nscanner.serial.speech.family = \"newland\"\n\n\
         [[printer]]\nid = \"label-1\"\naddress.serial = {{ path = {:?}, baud = 9600 }}\n",
        gun.path(),
        printer.path()
    );
    let scanner: DeviceId = SerialSettings::at_path(gun.path()).device_id();
    let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
    let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
    edge.start().unwrap();
    let api = hub.admin().await.unwrap();
    let devices = async |state: &str| {
        let list = api.get(&format!("/devices?settings={state}")).await.unwrap();
        list["items"].as_array().unwrap().clone()
    };
    until("both devices to be looked at", MINUTE, async || devices("holds").await.len() == 2).await.unwrap();
    let began = Instant::now();
    gun.turn("TSUSET", "0D0A");
    printer.turn("print.tone", "15.0");
    until("both to be seen at the hub", MINUTE, async || devices("differs").await.len() == 2).await.unwrap();
    println!("seen at the hub after {:?}", began.elapsed());
    for device in devices("differs").await {
        let is_gun = device["device"] == scanner.as_str();
        let (has, wants) = if is_gun { ("CRLF", "CR") } else { ("50", "60") };
        assert!(is_gun || device["device"] == "label-1", "{device}");
        assert_eq!((device["drift"][0]["has"].as_str(), device["drift"][0]["wants"].as_str()), (Some(has), Some(wants)), "{device}");
    }
    assert_eq!((gun.writes(), printer.writes()), (0, 0), "looking writes nothing");
}
