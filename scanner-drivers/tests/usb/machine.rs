//! The virtual machine: packed, started, listened to.
//!
//! Needs qemu and a kernel with gadgets: `tests/setup/need.sh usb-vm` brings both. Without them the test fails and says so; `QITAO_ALLOW_SKIP=1` turns that
//! into a printed skip.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A machine that says nothing new for so long stands still. Without hardware help a machine takes a minute or two for everything.
const STANDS_STILL: Duration = Duration::from_secs(240);

struct Machine {
    kernel: PathBuf,
    folder: PathBuf,
}

fn rig(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/rigs/usb-vm").join(file)
}

/// Switched off when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has switched itself off when all went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Machine {
    /// `None` only when skipping was allowed and something is missing.
    fn prepare() -> Option<Self> {
        let this = std::env::current_exe().unwrap();
        // target/debug/deps/usb-…
        let folder = this.ancestors().nth(3).unwrap().join("usb-vm");
        let kernel = fs::read_dir(folder.join("kernel/boot")).ok().and_then(|files| files.flatten().map(|file| file.path()).next());
        let qemu = Command::new("qemu-system-x86_64").arg("--version").output().is_ok_and(|output| output.status.success());
        match kernel {
            Some(kernel) if qemu => Some(Self { kernel, folder }),
            _ => {
                let message = "the USB suite needs a virtual machine: tests/setup/need.sh usb-vm installs what is missing";
                assert!(std::env::var_os("QITAO_ALLOW_SKIP").is_some_and(|value| value == "1"), "{message}");
                println!("SKIPPED: {message}");
                None
            }
        }
    }

    fn pack(&self) -> PathBuf {
        let image = self.folder.join("machine.cpio");
        let mut pack = Command::new(rig("pack.sh"));
        pack.arg(self.folder.join("kernel")).arg(&image).arg(std::env::current_exe().unwrap());
        let packed = pack.arg(env!("CARGO_BIN_EXE_qitao-devices")).output().unwrap();
        assert!(packed.status.success(), "the machine cannot be packed: {}", String::from_utf8_lossy(&packed.stderr));
        image
    }

    /// Runs the tests with `only` in their names, and answers with what they said.
    fn run(&self, only: &str) -> String {
        let (console, said) = (self.folder.join("console.log"), self.folder.join("suite.log"));
        for log in [&console, &said] {
            fs::write(log, "").unwrap();
        }
        let mut qemu = Command::new("qemu-system-x86_64");
        // Never with hardware help: /dev/kvm is there on machines where nothing starts with it. The tests know no deadline that a slow machine could miss.
        qemu.args(["-machine", "q35,accel=tcg", "-m", "640", "-nodefaults", "-display", "none", "-no-reboot"]);
        qemu.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(self.pack());
        for log in [&console, &said] {
            qemu.args(["-serial", &format!("file:{}", log.display())]);
        }
        qemu.args(["-append", &format!("console=ttyS0 panic=-1 random.trust_cpu=on qitao.usb -- {only}")]);
        let mut running = Running(qemu.spawn().unwrap());
        let (mut length, mut last) = (0, Instant::now());
        while running.0.try_wait().unwrap().is_none() {
            let now: u64 = [&console, &said].iter().map(|log| fs::metadata(log).map_or(0, |log| log.len())).sum();
            if now != length {
                (length, last) = (now, Instant::now());
            }
            if last.elapsed() >= STANDS_STILL {
                println!("the machine stands still and is switched off");
                break;
            }
            sleep(Duration::from_millis(100));
        }
        String::from_utf8_lossy(&fs::read(said).unwrap()).replace('\r', "")
    }
}

/// The tests that this program has for the machine.
fn expected(only: &str) -> Vec<String> {
    let list = Command::new(std::env::current_exe().unwrap()).args(["--list", "--ignored", "--format", "terse", only]).output().unwrap();
    let names = String::from_utf8(list.stdout).unwrap();
    names.lines().filter_map(|line| line.strip_suffix(": test")).map(String::from).collect()
}

/// `test NAME ... ok`, by name.
fn results(said: &str) -> BTreeMap<&str, &str> {
    let ran = said.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    ran.map(|(name, result)| (name, result.trim())).collect()
}

#[test]
fn every_test_of_the_machine_passes_on_a_real_kernels_usb_stack() {
    let Some(machine) = Machine::prepare() else { return };
    let only = std::env::var("QITAO_ONLY").unwrap_or_default();
    let expected = expected(&only);
    assert!(!expected.is_empty(), "no test has {only:?} in its name");
    let began = Instant::now();
    let said = machine.run(&only);
    let results = results(&said);
    let failed: Vec<String> = expected
        .iter()
        .filter_map(|name| match results.get(name.as_str()) {
            Some(&"ok") => None,
            other => Some(format!("{name}: {}", other.unwrap_or(&"nothing heard of it"))),
        })
        .collect();
    let logs = machine.folder.display();
    assert!(failed.is_empty(), "{said}\n{} of {} failed:\n{}\nlogs: {logs}/*.log", failed.len(), expected.len(), failed.join("\n"));
    for line in said.lines().filter(|line| line.starts_with("test ") || line.ends_with(" s")) {
        println!("{line}");
    }
    println!("{} tests in a virtual machine in {} s", expected.len(), began.elapsed().as_secs());
}
