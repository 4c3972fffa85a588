//! Bad frames on a scanner's wire.

use serde_json::{Value, json};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_on_the_wire_get_a_clear_answer_and_the_station_goes_on() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");

    let mut long = vec![b'A'; 1 << 20];
    long.push(b'\r');
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a frame that is cut off", b"YG-OAK-24".to_vec(), &["bad_frame"]),
        ("a wrong check digit", b"6901234567893\r".to_vec(), &["bad_barcode"]),
        ("a code nobody knows", b"SOMETHING-NOBODY-KNOWS\r".to_vec(), &["unknown_barcode"]),
        ("a shelf that is not", b"QT-L-NOWHERE\r".to_vec(), &["unknown_location"]),
        ("a task that is not", b"QT-TASK-ZZ-1\r".to_vec(), &["unknown_task"]),
        ("a badge that is not", b"QT-OP-nobody\r".to_vec(), &["unknown_operator"]),
        ("a quantity that is none", b"QT-QTY-99999999999999999999\r".to_vec(), &["unknown_barcode", "bad_barcode", "not_now"]),
        ("a megabyte", long, &["bad_frame"]),
        ("no UTF-8", b"\xff\xfe\xc3\x28\xf0\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("NULs inside", b"690\x00\x00\x00123\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("control characters", b"\x1b[2J\x07\x08\x7f\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("a broken GS1 element string", b"]d2010690123456789\x1d\x1d10\r".to_vec(), &["bad_barcode"]),
        ("a script", b"<script>alert(1)</script>'; DROP TABLE fact;--\r".to_vec(), &["unknown_barcode"]),
    ];
    for (what, bytes, verdicts) in cases {
        let answers = scene.wire(0, &bytes).await;
        assert_eq!(answers.len(), 1, "{what}: {answers:#?}");
        let is = answers[0]["verdict"]["is"].as_str().unwrap();
        println!("{what}: {is}");
        assert!(verdicts.contains(&is), "{what}: {}", answers[0]);
        assert_eq!(answers[0]["tone"], "wrong", "{what}");
        assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away", "after {what}");
    }
    // Line noise between frames is no scan at all.
    let answers = scene.wire(0, format!("\r\n\0\0\0{good}\r\n\r\n").as_bytes()).await;
    assert_eq!((answers.len(), &answers[0]["verdict"]["is"]), (1, &json!("put_away")));

    scene.drained().await;
    scene.hub_is_well().await;
    let unknown: Vec<Value> = scene.cases("unknown_barcode").await;
    assert!(unknown.iter().any(|case| case["data"].to_string().contains("SOMETHING-NOBODY-KNOWS")), "{unknown:#?}");
    scene.nobody_panicked();
}
