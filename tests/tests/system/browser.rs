//! The pages in a real Chromium, against a real hub and a real edge with a shift's work in them: the desk, the operators' panel, the installer's phone
//! without a signal, the day of all four users from the lead to the wall screen, a hub that goes away under an open panel, and photos of labels.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use qitao_tests::api::Api;
use qitao_tests::process::{EdgeProcess, HubProcess, binary, workspace};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::{Operator, until};
use serde_json::{Value, json};
use tempfile::TempDir;

const STATION: &str = "gun-1";
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_work_in_a_browser_on_a_real_hub_and_a_real_edge() {
    let mut stage = Stage::set().await;
    // `make screenshots` wants the pictures of the documentation from the same stage, and nothing else.
    if std::env::var_os("QITAO_PICTURES").is_some() {
        assert!(stage.node("scripts/screenshots.mjs").status().unwrap().success());
        return;
    }
    photos_are_scans(&stage).await;
    // The desk and the panel at the same time, as in life.
    std::thread::scope(|both| {
        both.spawn(|| stage.run("desk.mjs"));
        both.spawn(|| stage.run("panel.mjs"));
    });
    stage.run("field.mjs");
    stage.run("day.mjs");
    the_hub_goes_away_under_the_panel(&mut stage).await;
}

/// A hub and an edge with work done and work to do: a put-away finished, a count with a variance nobody has decided on, an unknown barcode, an order half
/// picked at the scanner, and an order that waits.
struct Stage {
    hub: HubProcess,
    edge: EdgeProcess,
    api: Api,
    goods: Goods,
    /// The order that waits, and where its goods are.
    waiting: String,
    place: String,
    /// Numbers the documentation's pictures need.
    half_done: i64,
    /// A photo of the label on the wardrobe's first carton, and of one on a carton of something else.
    photo: PathBuf,
    strange_photo: PathBuf,
    _scanner: PtyScanner,
    // Last, so that it goes when nothing writes to it any more.
    folder: TempDir,
}

struct Item {
    id: i64,
    code: String,
    name: String,
    cartons: i64,
    gtin: String,
}

impl Item {
    /// The label on carton n, as a scanner with AIM identifiers sends it.
    fn carton(&self, n: i64) -> String {
        format!("]d28006{}{n:02}{:02}", self.gtin, self.cartons)
    }

    /// The house's own label of carton n, as a keyboard wedge types it.
    fn house(&self, n: i64) -> String {
        format!("{}/{n}-{}", self.code, self.cartons)
    }
}

struct Goods {
    site: i64,
    badge: String,
    wardrobe: Item,
    other: Item,
    lamp: Item,
    bins: Vec<(i64, String)>,
}

impl Goods {
    async fn choose(api: &Api, site: i64) -> Self {
        let (mut many, mut lamp) = (Vec::new(), None);
        for row in api.all("/items").await.unwrap() {
            let cartons = row["cartons"].as_i64().unwrap();
            let wanted = (5..=7).contains(&cartons) && many.len() < 2 || cartons == 1 && lamp.is_none();
            if row["by_lot"] == true || row["is_kit"] == true || !wanted {
                continue;
            }
            let details = api.get(&format!("/items/{}", row["id"])).await.unwrap();
            let piece = |code: &&Value| {
                code["quantity"] == "1" && code["text"].as_str().is_some_and(|text| text.len() == 14 && text.starts_with('0'))
            };
            let Some(gtin) = details["barcodes"].as_array().unwrap().iter().find(piece).map(|code| text(&code["text"])) else { continue };
            let item = Item { id: row["id"].as_i64().unwrap(), code: text(&row["code"]), name: text(&row["name"]), cartons, gtin };
            if cartons == 1 { lamp = Some(item) } else { many.push(item) }
        }
        let shelves = api.get(&format!("/locations?site={site}&kind=bin&limit=200")).await.unwrap();
        let empty = shelves["items"].as_array().unwrap().iter().filter(|row| row["on_hand"] == "0");
        let bins = empty.take(2).map(|row| (row["id"].as_i64().unwrap(), text(&row["code"]))).collect();
        let badge = text(&api.all("/operators").await.unwrap()[0]["badge"]);
        let (other, wardrobe) = (many.pop().unwrap(), many.pop().unwrap());
        Self { site, badge, wardrobe, other, lamp: lamp.unwrap(), bins }
    }
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Pictures are of a chain at work; tests begin with a warehouse.
        let shape = if std::env::var_os("QITAO_PICTURES").is_some() { "chain" } else { "warehouse" };
        let hub = HubProcess::start(&folder.path().join("hub"), &["--shape", shape]).unwrap();
        let api = hub.admin().await.unwrap();
        let goods = Goods::choose(&api, hub.shown["site"]["id"].as_i64().unwrap()).await;
        let mut scanner = PtyScanner::plug_in(&folder.path().join("scanner")).unwrap();
        let settings = format!(
            "[[station]]\nid = \"{STATION}\"\nname = \"1 号扫码枪\"\nscanner.serial.target.path = {:?}\n",
            scanner.path().display().to_string()
        );
        let token = text(&hub.shown["edge"]["token"]);
        let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
        edge.start().unwrap();
        let (half_done, waiting, place) = work(&api, &edge, &mut scanner, &goods).await;
        let photo = label(folder.path(), "right", &goods.wardrobe, 1);
        let strange_photo = label(folder.path(), "strange", &goods.other, 2);
        Self { folder, hub, edge, api, goods, waiting, place, half_done, photo, strange_photo, _scanner: scanner }
    }

    /// A script of the pages' project with everything it may want to know.
    fn node(&self, script: &str) -> Command {
        let shown = |who: &str, field: &str| text(&self.hub.shown[who][field]);
        let mut command = Command::new("node");
        command.arg(script).current_dir(workspace().join("hub/web"));
        command.envs([
            ("DESK", self.hub.url()),
            ("LOGIN", shown("admin", "login")),
            ("PASSWORD", shown("admin", "password")),
            ("PANEL", self.edge.url()),
            ("BADGE", format!("QT-OP-{}", self.goods.badge)),
            ("TASK", self.waiting.clone()),
            ("PLACE", format!("QT-L-{}", self.place)),
            ("RIGHT", self.goods.wardrobe.house(1)),
            ("WRONG", self.goods.other.house(2)),
            ("PHOTO", self.photo.display().to_string()),
            ("STRANGE_PHOTO", self.strange_photo.display().to_string()),
            ("ITEM", self.goods.wardrobe.id.to_string()),
            ("HALF_DONE", self.half_done.to_string()),
            ("PEOPLE", self.hub.shown["people"].to_string()),
            // Both languages, both sizes, both themes; the other two looks are for `npm run e2e`.
            ("TOURS", "2".to_owned()),
        ]);
        command
    }

    fn run(&self, script: &str) {
        let output = self.node(&format!("e2e/{script}")).output().unwrap();
        assert!(
            output.status.success(),
            "{script}: {}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A picture of the label on a carton.
fn label(folder: &Path, file: &str, item: &Item, n: i64) -> PathBuf {
    let Item { code, name, cartons, gtin, .. } = item;
    let data = json!({"code": code, "name": name, "gtin": gtin, "carton": n, "of": cartons, "lot": "", "serial": ""});
    picture(folder, file, "carton", &data)
}

fn picture(folder: &Path, file: &str, template: &str, data: &Value) -> PathBuf {
    let (fields, picture) = (folder.join(format!("{file}.json")), folder.join(format!("{file}.png")));
    std::fs::write(&fields, data.to_string()).unwrap();
    let output =
        Command::new(binary("edge-agent")).args(["label", "--template", template, "--to", "png", "--data"]).arg(fields).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(&picture, output.stdout).unwrap();
    picture
}

/// A shift at the scanner. Gives the half-picked order's id, the waiting order's number and the place of its goods.
async fn work(api: &Api, edge: &EdgeProcess, scanner: &mut PtyScanner, goods: &Goods) -> (i64, String, String) {
    let mut operator = Operator::at(scanner, &edge.url(), STATION);
    let at = &operator;
    until("the edge to be online with its scanner", PATIENCE, || async {
        let state = at.state().await.unwrap_or_default();
        state["link"]["state"] == "online" && state["stations"][0]["device_state"] == "online"
    })
    .await
    .unwrap();
    // People are the last data set to arrive; until then the badge is unknown.
    let badge = format!("QT-OP-{}", goods.badge);
    for _ in 0..50 {
        if operator.scan(&badge).await.unwrap()["verdict"]["is"] == "logged_in" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let Goods { site, wardrobe, other, lamp, bins, .. } = goods;
    let [(first, first_code), (second, second_code)] = bins.as_slice() else { panic!("two empty shelves are needed, found {bins:?}") };

    let lines = json!([
        {"item": wardrobe.id, "quantity": "3", "location": first},
        {"item": lamp.id, "quantity": "10", "location": second},
    ]);
    let put_away = json!({"kind": "put_away", "site": site, "reference": "到货单 A-1001", "lines": lines});
    open(api, edge, &mut operator, put_away).await;
    expect(&mut operator, &format!("QT-L-{first_code}"), "at_location").await;
    for _ in 0..3 {
        for n in 1..=wardrobe.cartons {
            expect(&mut operator, &wardrobe.carton(n), "put_away").await;
        }
    }
    expect(&mut operator, &format!("QT-L-{second_code}"), "at_location").await;
    expect(&mut operator, "QT-QTY-10", "quantity_set").await;
    expect(&mut operator, &format!("]E0{}", lamp.gtin.trim_start_matches('0')), "put_away").await;
    expect(&mut operator, "QT-OK", "task_complete").await;

    let count = json!({"kind": "count", "site": site, "reference": "月度盘点", "lines": [{"location": second}]});
    open(api, edge, &mut operator, count).await;
    expect(&mut operator, &format!("QT-L-{second_code}"), "at_location").await;
    expect(&mut operator, "QT-QTY-9", "quantity_set").await;
    expect(&mut operator, &format!("]E0{}", lamp.gtin.trim_start_matches('0')), "counted").await;
    expect(&mut operator, "XN-8841-B", "unknown_barcode").await;
    expect(&mut operator, "QT-OK", "location_counted").await;
    expect(&mut operator, "QT-OK", "task_complete").await;

    let set = json!({"item": wardrobe.id, "quantity": "1", "location": first});
    let lines = json!([set, set]);
    let order = json!({"kind": "pick", "site": site, "reference": "订单 SO-2044 王女士", "lines": lines});
    let half_done = open(api, edge, &mut operator, order).await;
    expect(&mut operator, &format!("QT-L-{first_code}"), "at_location").await;
    for n in 1..=wardrobe.cartons {
        let last = n == wardrobe.cartons;
        expect(&mut operator, &wardrobe.carton(n), if last { "set_complete" } else { "picked" }).await;
    }
    for n in 1..wardrobe.cartons - 1 {
        expect(&mut operator, &wardrobe.carton(n), "picked").await;
    }
    expect(&mut operator, &other.carton(2), "wrong_item").await;

    let order = json!({"kind": "pick", "site": site, "reference": "订单 SO-2051 刘先生", "lines": [set]});
    let waiting = api.post("/tasks", &order).await.unwrap();
    let (id, number) = (waiting["id"].as_i64().unwrap(), text(&waiting["number"]));
    arrived(edge, &number).await;
    let details = api.get(&format!("/tasks/{id}")).await.unwrap();
    let place = details["lines"][0]["location_code"].as_str().unwrap_or(first_code).to_owned();

    let open =
        |kind: &'static str| async move { api.all(&format!("/exceptions?state=open&kind={kind}")).await.map_or(0, |cases| cases.len()) };
    until("the open cases to stand at the hub", PATIENCE, || async {
        open("count_variance").await == 1 && open("unknown_barcode").await >= 1
    })
    .await
    .unwrap();
    (half_done, number, place)
}

/// Makes a task and opens it at the scanner.
async fn open(api: &Api, edge: &EdgeProcess, operator: &mut Operator<'_>, task: Value) -> i64 {
    let task = api.post("/tasks", &task).await.unwrap();
    let number = text(&task["number"]);
    arrived(edge, &number).await;
    expect(operator, &format!("QT-TASK-{number}"), "task_opened").await;
    task["id"].as_i64().unwrap()
}

async fn arrived(edge: &EdgeProcess, number: &str) {
    let (client, url) = (reqwest::Client::new(), format!("{}/api/tasks", edge.url()));
    let tasks = || async { client.get(&url).send().await.ok()?.json::<Value>().await.ok() };
    until("the task to reach the edge", PATIENCE, || async {
        tasks().await.is_some_and(|tasks| tasks.as_array().is_some_and(|all| all.iter().any(|task| task["number"] == number)))
    })
    .await
    .unwrap();
}

async fn expect(operator: &mut Operator<'_>, payload: &str, is: &str) {
    let answer = operator.scan(payload).await.unwrap();
    assert_eq!(answer["verdict"]["is"], is, "{payload}: {}", answer["verdict"]);
}

/// The camera of a handheld: a label is a scan, a label that says the same twice is one scan, two labels are a question, none is said.
async fn photos_are_scans(stage: &Stage) {
    let (client, panel) = (reqwest::Client::new(), stage.edge.url());
    let made: Value =
        client.post(format!("{panel}/api/stations")).json(&json!({"name": "拍照"})).send().await.unwrap().json().await.unwrap();
    let station = format!("{panel}/api/stations/{}", made["id"].as_str().unwrap());
    let send = |picture: PathBuf| {
        let request = client.post(format!("{station}/photo")).bearer_auth(made["token"].as_str().unwrap());
        async move {
            let answer = request.header("content-type", "image/png").body(std::fs::read(picture).unwrap()).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
        }
    };
    let badge = picture(stage.folder.path(), "badge", "badge", &json!({"name": "李雷", "badge": stage.goods.badge}));
    let (status, answer) = send(badge).await;
    assert_eq!((status, &answer["scan"]["verdict"]["is"]), (200, &json!("logged_in")), "{answer}");
    let task = picture(stage.folder.path(), "task", "task", &json!({"number": stage.waiting, "kind": "拣货", "reference": "SO-2051"}));
    let (status, answer) = send(task).await;
    assert_eq!((status, &answer["scan"]["verdict"]["is"]), (200, &json!("task_opened")), "{answer}");
    let place = picture(stage.folder.path(), "location", "location", &json!({"code": stage.place, "name": ""}));
    let (status, answer) = send(place).await;
    assert_eq!((status, &answer["scan"]["verdict"]["is"]), (200, &json!("at_location")), "{answer}");
    let (status, answer) = send(stage.photo.clone()).await;
    assert_eq!((status, &answer["scan"]["verdict"]["is"]), (200, &json!("picked")), "{answer}");
    assert_eq!(answer["station"]["task"]["done"], "1", "{answer}");
    let undo = client.post(format!("{station}/command")).bearer_auth(made["token"].as_str().unwrap()).json(&json!({"command": "QT-UNDO"}));
    let answer: Value = undo.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["scan"]["verdict"]["is"], "undone", "{answer}");
    let stranger = client.post(format!("{station}/photo")).body(std::fs::read(&stage.photo).unwrap()).send().await.unwrap();
    assert_eq!(stranger.status(), 403);
    let no_picture =
        client.post(format!("{station}/photo")).bearer_auth(made["token"].as_str().unwrap()).body("no picture").send().await.unwrap();
    assert_eq!(no_picture.status(), 415);
}

/// The script opens the panel and says so; the hub is killed under it; the script scans on and says so; the hub comes back.
async fn the_hub_goes_away_under_the_panel(stage: &mut Stage) {
    let mut script = stage.node("e2e/away.mjs").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(script.stdout.take().unwrap()).lines();
    wait_for(&mut lines, "ready");
    stage.hub.kill();
    wait_for(&mut lines, "away");
    let backlog = edge_state(stage).await["link"]["backlog"].as_u64().unwrap();
    assert!(backlog >= 4, "only {backlog} facts wait for the hub");
    stage.hub.restart().unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(script.wait().unwrap().success(), "{}", rest.join("\n"));
    stage.api = stage.hub.admin().await.unwrap();
    let facts: Value = stage.api.get("/totals").await.unwrap();
    assert_eq!(edge_state(stage).await["link"]["backlog"], 0, "{facts}");
}

fn wait_for(lines: &mut impl Iterator<Item = io::Result<String>>, word: &str) {
    let mut said = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if line == word {
            return;
        }
        said.push(line);
    }
    panic!("the script ended before it said {word}: {}", said.join("\n"));
}

async fn edge_state(stage: &Stage) -> Value {
    reqwest::get(format!("{}/api/state", stage.edge.url())).await.unwrap().json().await.unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
