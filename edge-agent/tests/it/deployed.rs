//! The units that systemd is given: what the ladders of the outbox count on.

/// Settings of one section.
fn section<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).collect()
}

#[test]
fn an_agent_or_hub_that_fails_again_and_again_is_started_again_for_as_long_as_it_takes() {
    let units = [include_str!("../../../deploy/systemd/qitao-edge.service"), include_str!("../../../deploy/systemd/qitao-hub.service")];
    for unit in units {
        assert!(section(unit, "Service").contains(&"Restart=always"), "{unit}");
        // Without it systemd gives up after five starts in ten seconds, also when the disk has room again. In another section it is ignored.
        assert!(section(unit, "Unit").contains(&"StartLimitIntervalSec=0"), "{unit}");
    }
}
