//! The demonstration ends well: what `DEMO=once make demo` runs.

use std::process::Command;

use qitao_tests::process::binary;

#[test]
fn the_demonstration_loses_nothing_doubles_nothing_and_the_stock_agrees() {
    let output = Command::new(binary("demo")).env("DEMO", "once").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    for word in ["scans", "movements", "lost 0", "doubled 0"] {
        assert!(told.contains(word), "{word:?} is missing in:\n{told}");
    }
}
