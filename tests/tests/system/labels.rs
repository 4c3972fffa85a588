//! Labels as a printer gets them, drawn by somebody else's renderer and read by somebody else's reader, give the data back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use labelize::{Language, RenderOptions, render_png};
use qitao_tests::process::{binary, workspace};
use serde_json::{Value, json};

/// A template, its data, and what its barcodes must say (AIM identifier and text).
struct Case {
    template: &'static str,
    data: Value,
    says: &'static [(&'static str, &'static str)],
}

fn cases() -> Vec<Case> {
    vec![
        Case { template: "location", data: json!({"code": "B-04-2", "name": "二楼 衣柜区"}), says: &[("]C0", "QT-L-B-04-2")] },
        Case {
            template: "carton",
            data: json!({"code": "YG-OAK-2400", "name": "橡木衣柜 2.4 m 推拉门", "gtin": "06901234567892", "carton": "3", "of": "7", "lot": "A7", "serial": "000123"}),
            says: &[("]d2", "8006069012345678920307\u{1d}10A7\u{1d}21000123")],
        },
        Case {
            template: "carton",
            data: json!({"code": "SF-1", "name": "沙发", "gtin": "06901234567892", "carton": "1", "of": "1", "lot": "", "serial": ""}),
            says: &[("]d2", "8006069012345678920101")],
        },
        Case {
            template: "item",
            data: json!({"code": "LAMP-01", "name": "落地灯 暖光", "ean": "6901234567892"}),
            says: &[("]E0", "6901234567892")],
        },
        Case { template: "badge", data: json!({"name": "李雷", "badge": "1001"}), says: &[("]C0", "QT-OP-1001"), ("]Q1", "QT-OP-1001")] },
        Case { template: "command", data: json!({"title": "撤销", "command": "QT-UNDO"}), says: &[("]C0", "QT-UNDO")] },
        Case {
            template: "task",
            data: json!({"number": "PK-000456", "kind": "拣货", "reference": "订单 SO-2044"}),
            says: &[("]C0", "QT-TASK-PK-000456")],
        },
    ]
}

#[test]
fn every_template_in_every_language_at_three_resolutions_says_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected: BTreeMap<PathBuf, &[(&str, &str)]> = BTreeMap::new();
    for (number, case) in cases().iter().enumerate() {
        let data = folder.path().join(format!("{number}.json"));
        std::fs::write(&data, case.data.to_string()).unwrap();
        for (language, name) in [(Language::Zpl, "zpl"), (Language::Tspl, "tspl")] {
            // 24 dots a millimetre is 600 dpi and a little more; labelize knows 6, 8, 12 and 24.
            for (dpi, dots) in [("203", 8), ("300", 12), ("600", 24)] {
                let bytes = label(case.template, &data, name, dpi);
                let picture = folder.path().join(format!("{number}-{name}-{dpi}.png"));
                let options =
                    RenderOptions { language: Some(language), width_mm: Some(84.0), height_mm: Some(54.0), dpmm: dots, antialias: false };
                let rendered = render_png(&bytes, options).unwrap_or_else(|error| panic!("{} {name} {dpi}: {error}", case.template));
                std::fs::write(&picture, rendered.bytes).unwrap();
                expected.insert(picture, case.says);
            }
        }
    }
    let read = judge(expected.keys());
    for (picture, says) in expected {
        let codes = &read[&picture];
        for (aim, text) in says {
            assert!(
                codes.contains(&((*aim).to_owned(), (*text).to_owned())),
                "{}: expected {aim} {text:?}, read {codes:?}",
                picture.display()
            );
        }
    }
}

#[test]
fn the_preview_is_the_label_and_decode_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.json");
    std::fs::write(&data, r#"{"code":"B-04-2","name":""}"#).unwrap();
    let picture = folder.path().join("label.png");
    std::fs::write(&picture, label("location", &data, "png", "300")).unwrap();
    let output = Command::new(binary("edge-agent")).arg("decode").arg(&picture).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = &line["codes"][0];
    assert_eq!((line["codes"].as_array().map(Vec::len), &code["text"]), (Some(1), &json!("QT-L-B-04-2")), "{line}");
    assert_eq!((&code["format"], &code["aim"]), (&json!("CODE_128"), &json!("]C0")), "{line}");
    assert_eq!(code["corners"].as_array().map(Vec::len), Some(4), "{line}");
}

#[test]
fn a_label_with_missing_data_is_refused_with_the_fields_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.json");
    std::fs::write(&data, r#"{"code":"B-04-2"}"#).unwrap();
    let output =
        Command::new(binary("edge-agent")).args(["label", "--template", "carton", "--to", "zpl", "--data"]).arg(&data).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("name"), "{}", String::from_utf8_lossy(&output.stderr));
}

fn label(template: &str, data: &Path, to: &str, dpi: &str) -> Vec<u8> {
    let output = Command::new(binary("edge-agent"))
        .args(["label", "--template", template, "--to", to, "--dpi", dpi, "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success(), "{template} {to} {dpi}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What the independent reader finds in each picture: AIM identifier and text.
fn judge<'a>(pictures: impl Iterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, Vec<(String, String)>> {
    let python = workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())).join("judges/bin/python");
    assert!(python.exists(), "the independent reader is missing; run tests/setup/need.sh judges");
    let output = Command::new(python).arg(workspace().join("tests/judges/read_codes.py")).args(pictures).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| {
            let codes = line["codes"].as_array().unwrap().iter().map(|code| (text(&code["aim"]), text(&code["text"]))).collect();
            (PathBuf::from(text(&line["file"])), codes)
        })
        .collect()
}
