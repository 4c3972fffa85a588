//! `make demo`: a working system on embedded defaults and real input, and a whole day of a chain that is told as it happens.
//!
//! A hub with a believable chain, one edge, a serial scanner on a pseudo-terminal, a label printer on TCP, a cable between edge and hub that is cut for
//! a while, a store's chat group. A customer comes into a store ([`selling`]); a lorry comes to the warehouse, and the order is picked there by scan
//! ([`shift`]); it is shipped and installed ([`delivery`]); head office sees it ([`figures`]). Everybody acts through the hub's public interface with their
//! own login and rights ([`people`]).
//! With `DEMO=once` the demonstration ends there, with exit code 0 only when every step was as it had to be ([`telling`]), nothing was lost or doubled, and
//! money and stock tie out.
#![expect(clippy::print_stdout, reason = "a demonstration speaks")]

mod delivery;
mod figures;
mod goods;
mod people;
mod selling;
mod shift;
mod telling;

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use qitao_tests::group::Group;
use qitao_tests::network::Cable;
use qitao_tests::printer::TcpPrinter;
use qitao_tests::process::{EdgeProcess, HubProcess, free_address, workspace};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::Operator;
use tokio::signal::unix::{SignalKind, signal};

use goods::Goods;
use people::Staff;
use selling::Sale;
use shift::Shift;
use telling::{Failure, Story, chapter, say, text};

/// The scanner's station.
const STATION: &str = "gun-1";
/// How long anything may take before the demonstration gives up.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> ExitCode {
    let once = std::env::var("DEMO").is_ok_and(|value| value == "once");
    let folder = workspace().join(".demo");
    let shown = tokio::select! {
        shown = demonstrate(&folder, once) => shown,
        // Dropped with it, hub and edge end too.
        told = told_to_end() => match told {
            Ok(()) => return ExitCode::FAILURE,
            Err(error) => Err(error.into()),
        },
    };
    match shown {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("✗ 演示中断 the demonstration broke off: {error}"));
            say(&format!("  日志 logs: {0}/hub/hub.log, {0}/edge/edge.log", folder.display()));
            ExitCode::FAILURE
        }
    }
}

/// Told to end from outside, as when its terminal is closed: a hub and an edge that outlived it would keep ports and scanners to themselves.
async fn told_to_end() -> io::Result<()> {
    let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

async fn demonstrate(folder: &Path, once: bool) -> Result<bool, Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;

    chapter("启动", "start: hub, edge, scanner, printer");
    let (http, mqtt) = if once { (free_address()?, free_address()?) } else { (preferred(8080)?, preferred(1883)?) };
    say("  生成演示连锁 seeding a chain of 14 stores, 2,000 items and 400 locations …");
    let hub = HubProcess::start_at(&folder.join("hub"), http, mqtt, &["--shape", "chain"])?;
    say(&format!("  ✓ 中心 hub {} ({})", hub.url(), text(&hub.shown["site"]["name"])));
    let (web, broker) = (Cable::lay(hub.http).await?, Cable::lay(hub.mqtt).await?);
    let (printer, group) = (TcpPrinter::switch_on().await?, Group::open().await?);
    let mut scanner = PtyScanner::plug_in(&folder.join("scanner"))?;
    let settings = format!(
        "[[station]]\nid = \"{STATION}\"\nname = \"1 号扫码枪\"\nscanner.serial.target.path = {:?}\n\n\
         [[printer]]\nid = \"label-1\"\nname = \"标签打印机\"\naddress.tcp = \"{}\"\nlanguage = \"zpl\"\ndpi = 203\n",
        scanner.path().display().to_string(),
        printer.address()
    );
    let token = text(&hub.shown["edge"]["token"]);
    let through = format!("http://{}", web.address());
    let mut edge = EdgeProcess::enroll(&folder.join("edge"), &settings, &through, Some(broker.address()), &token)?;
    edge.start()?;
    say(&format!("  ✓ 边缘 edge {}  扫码枪 scanner {}  打印机 printer {}", edge.url(), scanner.path().display(), printer.address()));

    let staff = Staff::sign_in(&hub).await?;
    let goods = Goods::choose(&staff.head.api, hub.shown["site"]["id"].as_i64().unwrap_or_default()).await?;
    let mut shift = Shift::of(Operator::at(&mut scanner, &edge.url(), STATION), edge.url(), &staff, &goods);
    shift.ready().await?;
    let mut story = Story::of(hub.url());

    selling::prepare(&staff, &goods, &group, &mut story).await?;
    let sale = selling::sell(&staff, &goods, &mut story).await?;
    shift.morning(&mut story, &[&web, &broker]).await?;
    let (pick, before) = selling::confirm(&staff, &goods, &sale, &group, &mut story).await?;
    shift.pick_for_customer(&mut story, &pick).await?;
    shift.afternoon(&mut story, &printer).await?;
    delivery::ship(&staff, &sale, &mut shift, &mut story).await?;
    delivery::install(&hub, &staff, &goods, &sale, &mut story).await?;
    figures::close(&staff, &sale, &before, &mut story).await?;
    shift.balance(&mut story).await?;
    say(&format!("  步骤 steps {}  意外 surprises {}", story.steps, story.surprises));

    if once {
        return Ok(story.surprises == 0);
    }
    stays_up(&hub, &edge, &goods, &sale);
    tokio::signal::ctrl_c().await?;
    edge.stop();
    Ok(story.surprises == 0)
}

/// Says where to look from now on, and as whom.
fn stays_up(hub: &HubProcess, edge: &EdgeProcess, goods: &Goods, sale: &Sale) {
    let login = |who: &str| format!("{} / {}", text(&hub.shown[who]["login"]), text(&hub.shown[who]["password"]));
    let url = hub.url();
    chapter("系统保持运行", "the system stays up; Ctrl-C ends it");
    say(&format!("  中心网页 hub pages     {url}   登录 login {}", login("admin")));
    say(&format!("  仓库账号 warehouse                             {}", login("warehouse")));
    for person in hub.shown["people"].as_array().into_iter().flatten() {
        say(&format!("  连锁的人 people                               {} / {}", text(&person["login"]), text(&person["password"])));
    }
    say(&format!("  今天的订单 the day's order {url}/orders/{}   客户 customer {url}/customers/{}", sale.order, sale.customer));
    say(&format!("  经营数据 figures       {url}/figures   大屏 wall {url}/wall   师傅手机 installer {url}/field/"));
    say(&format!("  操作面板 panel         {}   工牌 badge QT-OP-{}", edge.url(), goods.badge));
}

/// The usual port when it is free, any other when it is not.
fn preferred(port: u16) -> io::Result<std::net::SocketAddr> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(listener) => listener.local_addr(),
        Err(_) => free_address(),
    }
}
