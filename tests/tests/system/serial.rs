//! Scanners that are unplugged and plugged in again.

use std::time::{Duration, Instant};

use crate::bad_input::Scene;

const PLUGS: usize = 8;

async fn wait(scene: &Scene, station: &str, online: bool) -> Duration {
    let began = Instant::now();
    while (scene.station(station).await["device_state"] == "online") != online {
        assert!(began.elapsed() < Duration::from_secs(10), "{station} did not become {}", if online { "online" } else { "offline" });
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_is_plugged_in_again_works_within_a_second_and_nothing_is_lost() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    let right = scene.station("gun-1").await["counts"]["right"].as_u64().unwrap();
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    let mut scans = 0;
    for plug in 0..PLUGS {
        assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
        scans += 1;
        scene.scanners[0].1.unplug();
        gone.push(wait(&scene, "gun-1", false).await);
        // Away for a moment, and away for longer than the longest pause between two looks.
        tokio::time::sleep(Duration::from_millis([0, 150, 700, 2_500][plug % 4])).await;
        scene.scanners[0].1.replug().unwrap();
        back.push(wait(&scene, "gun-1", true).await);
        assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
        scans += 1;
    }
    let longest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    println!("{PLUGS} times unplugged: noticed within {:?}, back within {:?} ({back:?})", longest(&gone), longest(&back));
    assert!(longest(&back) < Duration::from_secs(1), "{back:?}");
    assert_eq!(scene.station("gun-1").await["counts"]["right"].as_u64().unwrap(), right + scans);
    scene.drained().await;
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_is_cut_by_the_plug_is_no_scan() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
    let before = scene.station("gun-1").await["last"][0]["scan"].clone();
    let half = &good.as_bytes()[..good.len() / 2];
    scene.scanners[0].1.send(half).unwrap();
    scene.scanners[0].1.unplug();
    wait(&scene, "gun-1", false).await;
    scene.scanners[0].1.replug().unwrap();
    wait(&scene, "gun-1", true).await;
    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
    let view = scene.station("gun-1").await;
    let between: Vec<_> = view["last"].as_array().unwrap().iter().skip(1).take_while(|view| view["scan"] != before).collect();
    assert!(between.iter().all(|view| view["verdict"]["is"] == "bad_frame") && between.len() <= 1, "{between:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_scanner_unplugged_leaves_the_other_working() {
    let mut scene = Scene::set(2).await;
    let good = scene.at_a_shelf(1).await;
    scene.scanners[0].1.unplug();
    wait(&scene, "gun-1", false).await;
    for _ in 0..5 {
        assert_eq!(scene.scan(1, &good).await["verdict"]["is"], "put_away");
        assert_ne!(scene.station("gun-1").await["device_state"], "online");
    }
    scene.scanners[0].1.replug().unwrap();
    let back = wait(&scene, "gun-1", true).await;
    assert!(back < Duration::from_secs(1), "{back:?}");
    assert_eq!(scene.scan(1, &good).await["verdict"]["is"], "put_away");
    scene.drained().await;
    scene.nobody_panicked();
}
