//! People in and out by sheet: what a sheet may do, what it never does, and that it leaves no trace when it is taken back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::patch;
use crate::desk::{Desk, PASSWORD, Running, answer};
use crate::sheets::{read_xlsx, step, upload};

const PAPERS: &str = "310104199001011234";

fn fields() -> Value {
    json!([
        {"key": "id_number", "title": "证件号", "kind": "text", "checks": [{"rule": "size(custom.id_number) == 18", "message": "要 18 位"}]},
        {"key": "salary", "title": "工资", "kind": "money", "personal": true},
        {"key": "grade", "title": "级别", "kind": "choice", "options": [{"code": "a", "title": "高级"}, {"code": "b", "title": "初级"}]},
        {"key": "joined", "title": "入职日期", "kind": "date"},
    ])
}

fn counts(import: &Value) -> [i64; 4] {
    ["new", "changed", "same", "bad"].map(|name| import["counts"][name].as_i64().unwrap())
}

/// Uploads a sheet of people that may change those who are there, and checks it.
async fn checked(desk: &Desk, name: &str, bytes: &[u8]) -> Value {
    let import = upload(desk, "people", name, bytes).await;
    let (status, set) = desk.put(&format!("/imports/{}", import["id"]), json!({"update_existing": true})).await;
    assert_eq!(status, 200, "{set}");
    step(desk, &import, "check").await
}

/// `column:rule` of each fault of the bad rows, row by row.
async fn faults(desk: &Desk, import: &Value) -> Vec<Vec<String>> {
    let bad = desk.read(&format!("/imports/{}/rows?outcome=bad&limit=100", import["id"])).await;
    let of = |fault: &Value| format!("{}:{}", fault["column"].as_str().unwrap(), fault["rule"].as_str().unwrap());
    bad["items"].as_array().unwrap().iter().map(|row| row["faults"].as_array().unwrap().iter().map(of).collect()).collect()
}

async fn export(desk: &Desk, format: &str, language: &str) -> Vec<u8> {
    let asked = json!({"list": "people", "format": format});
    let (status, made) = answer(desk.request(Method::POST, "/exports").header("accept-language", language).json(&asked)).await;
    assert_eq!((status, &made["state"]), (201, &json!("done")), "{made}");
    let content = desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap();
    content.bytes().await.unwrap().to_vec()
}

/// Lets those who lead a store import, and gives one of them for the site SH01.
async fn manager(hub: &Running, admin: &Desk) -> Desk {
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "store_manager").unwrap();
    let mut rights = role["rights"].as_array().unwrap().clone();
    rights.push(json!("import"));
    let (path, version) = (format!("/roles/{}", role["id"]), role["version"].as_i64().unwrap());
    let (status, changed) = patch(admin, &path, version, json!({"rights": rights})).await;
    assert_eq!(status, 200, "{changed}");
    hub.sign_in("manager").await
}

async fn person(desk: &Desk, login: &str) -> Value {
    let found = desk.read(&format!("/people?q={login}")).await;
    let all = found["items"].as_array().unwrap();
    all.iter().find(|row| row["login"] == login).cloned().unwrap_or(Value::Null)
}

/// What must be as it was after an undo.
async fn everything(hub: &Running) -> Vec<i64> {
    let mut all = Vec::new();
    for sql in [
        "SELECT COUNT(*) FROM hub_user",
        "SELECT COUNT(*) FROM person_role",
        "SELECT COUNT(*) FROM person_field",
        "SELECT COUNT(*) FROM search_record",
        "SELECT COUNT(*) FROM hub_user WHERE phone IS NOT NULL",
        "SELECT CAST(SUM(LENGTH(name)) AS BIGINT) FROM hub_user",
    ] {
        all.push(hub.number(sql).await);
    }
    all
}

#[tokio::test]
async fn two_hundred_people_come_in_bad_rows_come_back_with_reasons_and_the_undo_leaves_nothing() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    admin.publish("person", fields()).await;
    let before = everything(&hub).await;
    let mut sheet = "账号,姓名,所属组织,角色,手机,邮箱,停用,证件号,工资,级别,入职日期,备注\n".to_owned();
    for n in 0..200 {
        let (role, phone) = match n {
            7 => ("宇航员".to_owned(), format!("1390000{n:04}")),
            99 => ("销售".to_owned(), "138".to_owned()),
            _ => ("销售；区域经理@SH01".to_owned(), format!("1390000{n:04}")),
        };
        let paper = format!("31010419900101{n:04}");
        let off = if n == 3 { "是" } else { "" };
        sheet += &format!("p{n:03},员工{n:03},XH01,{role},{phone},p{n:03}@Example.com,{off},{paper},{n}.50,高级,2023-08-15,x\n");
    }
    let import = upload(&admin, "people", "people.csv", sheet.as_bytes()).await;
    assert_eq!(import["unmatched"], json!([]), "{import}");
    let dry = step(&admin, &import, "check").await;
    assert_eq!(counts(&dry), [198, 0, 0, 2], "{dry}");
    assert!(!dry.to_string().contains("1390000") && !dry.to_string().contains("31010419900101"), "a preview masks: {dry}");
    assert_eq!(everything(&hub).await, before, "a check writes nothing");
    assert_eq!(faults(&admin, &dry).await, [["roles:role_exists"], ["phone:phone_shape"]]);
    let failed = admin.request(Method::GET, &format!("/imports/{}/failed", import["id"])).send().await.unwrap().bytes().await.unwrap();
    let rows = read_xlsx(&failed);
    assert_eq!((rows.len(), rows[1][0].as_str(), rows[2][0].as_str()), (3, "p007", "p099"));
    assert!(rows[1].last().unwrap().contains("宇航员") && rows[2].last().unwrap().contains("电话"), "{rows:?}");

    assert_eq!(counts(&step(&admin, &import, "run").await), [198, 0, 0, 2]);
    let made = person(&admin, "p011").await;
    for (field, wanted) in [
        ("name", json!("员工011")),
        ("organisation_name", json!("徐汇店")),
        ("phone", json!("13900000011")),
        ("email", json!("p011@example.com")),
        ("disabled", json!(false)),
        ("custom", json!({"id_number": "310104199001010011", "salary": "11.50", "grade": "a", "joined": "2023-08-15"})),
    ] {
        assert_eq!(made[field], wanted, "{field}: {made}");
    }
    let held: Vec<usize> = made["roles"].as_array().unwrap().iter().map(|role| role["organisations"].as_array().unwrap().len()).collect();
    assert_eq!(held.iter().sum::<usize>(), 1, "one of the two roles holds at another place: {made}");
    assert_eq!(person(&admin, "p003").await["disabled"], true);
    let told = admin.read(&format!("/people/{}/timeline", made["id"])).await;
    let line = &told["items"][0];
    assert_eq!(
        (&line["author"], &line["action"], &line["new"]["phone"]),
        (&json!("admin"), &json!("create"), &json!("139****0011")),
        "{line}"
    );
    assert_eq!(line["new"]["custom"]["id_number"], "310****0011");
    let bytes = hub.bytes().await;
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("员工011"));
    for clear in ["13900000011", "p011@example.com", "p011@Example.com", "310104199001010011", "199001010011"] {
        assert!(!holds(clear), "{clear}");
    }

    // Nobody comes in without a password; one is made on the page of people, and from then on they are more than a row.
    let login = json!({"login": "p012", "password": "wrong-horse-1"});
    let session = reqwest::Client::new().post(format!("{}/api/v1/session", hub.base)).json(&login).send().await.unwrap();
    assert_eq!(session.status().as_u16(), 401);
    let id = person(&admin, "p012").await["id"].clone();
    let (status, given) = admin.post(&format!("/people/{id}/password"), json!({})).await;
    assert_eq!(status, 200, "{given}");
    let undone = step(&admin, &import, "undo").await;
    assert_eq!((&undone["counts"]["undone"], &undone["counts"]["kept"]), (&json!(197), &json!(1)), "{undone}");
    let kept = admin.read(&format!("/imports/{}/rows?refused=true", import["id"])).await;
    assert_eq!((&kept["items"][0]["key"], &kept["items"][0]["refusal"]["rule"]), (&json!("p012"), &json!("in_use")));
    hub.sql("UPDATE hub_user SET password_hash = '' WHERE login = 'p012'").await;
    assert_eq!(step(&admin, &import, "undo").await["counts"]["undone"], 198);
    assert_eq!(everything(&hub).await, before, "nothing is left");
    hub.stop().await;
}

#[tokio::test]
async fn nobody_gives_by_a_sheet_what_they_could_not_give_on_the_page() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (clerk, manager) = (hub.sign_in("warehouse").await, manager(&hub, &admin).await);
    let kinds = manager.read("/import-kinds").await;
    let words: Vec<&str> = kinds["items"].as_array().unwrap().iter().map(|kind| kind["id"].as_str().unwrap()).collect();
    assert!(words.contains(&"people") && !words.contains(&"customers"), "{words:?}");
    assert_eq!(clerk.get("/import-kinds/people/template").await.1["rule"], "role");

    let sheet = "账号,姓名,组织编码,角色,电话,已停用\n\
        good,好,SH01,仓库,,\n\
        boss,老板,SH01,系统管理员,,\n\
        wide,宽,SH01,auditor,,\n\
        away,远,XH01,仓库,,\n\
        moon,月,MOON,仓库,,\n\
        far,别处,SH01,区域经理@XH01,,\n\
        auditor,审计,,,,是\n\
        manager,我自己,SH01,仓库,,\n\
        call,电话,SH01,仓库,13800000001,\n\
        Bad Login,错,SH01,仓库,,\n\
        good,又一个,SH01,仓库,,\n\
        warehouse,仓管,,,,\n";
    let import = checked(&manager, "p.csv", sheet.as_bytes()).await;
    assert!(!import.to_string().contains("13800000001"), "a preview masks: {import}");
    assert_eq!(
        faults(&manager, &import).await,
        [
            vec!["roles:wider_than_own"],
            vec!["roles:wider_than_own"],
            vec!["organisation:organisation_exists"],
            vec!["organisation:organisation_exists"],
            vec!["roles:organisation_exists"],
            // Whoever they do not see is a new person to them, with a name that is taken.
            vec!["login:login_free", "organisation:required"],
            vec!["roles:own_row"],
            vec!["login:login_shape"],
            vec!["login:once_in_file"],
        ]
    );
    let bad = manager.read(&format!("/imports/{}/rows?outcome=bad", import["id"])).await;
    let said = |n: usize, name: &str| bad["items"][n]["faults"][0]["zh"].as_str().unwrap().replace(name, "?");
    assert_eq!(said(2, "XH01"), said(3, "MOON"), "what is somebody else's is not there");
    assert_eq!(counts(&step(&manager, &import, "run").await), [2, 1, 0, 9]);
    assert_eq!(person(&admin, "warehouse").await["name"], "仓管");
    assert_eq!(person(&admin, "auditor").await["disabled"], false);
    let own = person(&admin, "manager").await;
    assert_eq!(own["name"], "manager", "{own}");

    // Nobody else goes on with it, an administrator neither; and a program does no more than it may itself.
    let (status, refused) = admin.post(&format!("/imports/{}/undo", import["id"]), json!({})).await;
    assert_eq!((status, &refused["rule"]), (403, &json!("import_own")));
    let program = async |rights: Value, sheet: &str| {
        let (status, token) = admin.post("/me/tokens", json!({"name": "HR", "rights": rights})).await;
        assert_eq!(status, 201, "{token}");
        let import = upload(&admin, "people", "t.csv", sheet.as_bytes()).await;
        admin.put(&format!("/imports/{}", import["id"]), json!({"update_existing": true})).await;
        let url = format!("{}/api/v1/imports/{}/check", hub.base, import["id"]);
        let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
        let (status, begun) = answer(reqwest::Client::new().post(url).header("authorization", bearer).json(&json!({}))).await;
        if status != 202 {
            return vec![vec![begun["rule"].as_str().unwrap().to_owned()]];
        }
        loop {
            let now = admin.read(&format!("/imports/{}", import["id"])).await;
            if now["state"] != "checking" {
                return faults(&admin, &now).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let rights = json!(["import", "people", "people.see"]);
    assert_eq!(program(rights.clone(), "账号,姓名,组织编码,角色\nx1,甲,XH01,系统管理员\n").await, [["roles:wider_than_own"]]);
    assert_eq!(program(rights, "账号,姓名\nadmin,管理员\n").await, [["roles:wider_than_own", ":own_row"]]);
    assert_eq!(program(json!(["import"]), "账号,姓名,组织编码\nx1,甲,XH01\n").await, [["role"]], "it never begins");
    hub.stop().await;
}

#[tokio::test]
async fn what_comes_out_goes_in_again_and_changes_nothing() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    admin.publish("person", fields()).await;
    let manager = manager(&hub, &admin).await;
    let custom = json!({"id_number": PAPERS, "salary": 23456.7, "grade": "b", "joined": "2024-02-29"});
    let roles = admin.read("/roles").await;
    let role = |code: &str| roles["items"].as_array().unwrap().iter().find(|role| role["code"] == code).unwrap()["id"].clone();
    let places = admin.read("/organisations?limit=50").await;
    let place = |code: &str| places["items"].as_array().unwrap().iter().find(|row| row["code"] == code).unwrap()["id"].clone();
    let fang = json!({"login": "@fang", "name": "=方", "organisation": place("SH01"), "password": PASSWORD, "phone": "+49 30 123456",
        "email": "fang@example.com", "custom": custom, "roles": [
            {"role": role("warehouse"), "organisations": [place("XH01"), place("SH01")]}, {"role": role("sales")}]});
    let (status, made) = admin.post("/people", fang).await;
    assert_eq!(status, 201, "{made}");
    let hidden = hub.number("SELECT COUNT(*) FROM hub_user").await;
    for (desk, format, language) in [(&admin, "csv", "zh"), (&admin, "xlsx", "en"), (&manager, "xlsx", "zh"), (&manager, "csv", "en")] {
        let sheet = export(desk, format, language).await;
        if format == "csv" {
            let text = String::from_utf8(sheet.clone()).unwrap();
            assert!(!text.contains("123456") && !text.contains(PAPERS) && !text.contains("23456.70"), "{text}");
        }
        let name = format!("people.{format}");
        let import = checked(desk, &name, &sheet).await;
        let [new, changed, same, bad] = counts(&import);
        assert_eq!((new, changed, bad), (0, 0, 0), "{language} {format}: {import} {:?}", faults(desk, &import).await);
        assert!(same >= 3, "{import}");
        assert!(!import["actions"].as_array().unwrap().contains(&json!("run")), "there is nothing to run");
    }
    assert_eq!(hub.number("SELECT COUNT(*) FROM hub_user").await, hidden);

    // Written over in one place, it changes that alone, and the undo brings it back.
    let text = String::from_utf8(export(&admin, "csv", "zh").await).unwrap();
    let was = admin.read(&format!("/people/{}", made["id"])).await;
    let sheet = text.replace("初级", "高级").replace("310****1234", "310104199001019999");
    let import = checked(&admin, "again.csv", sheet.as_bytes()).await;
    assert_eq!(counts(&import), [0, 1, hidden - 1, 0], "{import}");
    let changes = import["preview"].as_array().unwrap().iter().find(|row| row["outcome"] == "changed").unwrap()["changes"].clone();
    assert_eq!(
        changes,
        json!([{"column": "custom.grade", "old": "初级", "new": "高级"}, {"column": "custom.id_number", "old": "310****1234", "new": "310****9999"}])
    );
    step(&admin, &import, "run").await;
    let is = admin.read(&format!("/people/{}", made["id"])).await;
    assert_eq!(is["custom"], json!({"id_number": "310104199001019999", "salary": "23456.70", "grade": "a", "joined": "2024-02-29"}));
    assert_eq!((&is["phone"], &is["roles"]), (&was["phone"], &was["roles"]));
    let rows = admin.read(&format!("/imports/{}/rows?outcome=changed", import["id"])).await;
    assert_eq!((rows["items"][0]["old"]["name"].as_str(), rows["items"][0]["old"].get("sealed")), (Some("=方"), None), "{rows}");
    assert_eq!(step(&admin, &import, "undo").await["counts"]["undone"], 1);
    let back = admin.read(&format!("/people/{}", made["id"])).await;
    for field in ["name", "organisation", "roles", "phone", "email", "custom", "disabled"] {
        assert_eq!(back[field], was[field], "{field}");
    }
    let bytes = hub.bytes().await;
    for clear in ["310104199001019999", PAPERS, "23456.70", "+4930123456", "fang@example.com"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn one_administrator_stays_whatever_a_sheet_says_and_who_is_disabled_is_signed_out() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let sheet = "账号,姓名,组织编码,角色\nroot,二,HQ,系统管理员\nlead,三,HQ,\n";
    let import = checked(&admin, "a.csv", sheet.as_bytes()).await;
    assert_eq!(counts(&step(&admin, &import, "run").await), [2, 0, 0, 0], "{import}");
    for login in ["root", "lead"] {
        let id = person(&admin, login).await["id"].clone();
        hub.sql(&format!("UPDATE hub_user SET password_hash = (SELECT password_hash FROM hub_user WHERE login = 'admin') WHERE id = {id}"))
            .await;
    }
    let root = hub.sign_in("root").await;
    // Whoever does everything that administrators do, without being one.
    let (status, role) = admin
        .post("/roles", {
            let all = admin.read("/rights").await["items"].as_array().unwrap().iter().map(|row| row["right"].clone()).collect::<Vec<_>>();
            let fields = json!({"*": "write"});
            json!({"code": "twin", "name": "替身", "scope": "all", "rights": all, "fields": fields})
        })
        .await;
    assert_eq!(status, 201, "{role}");
    let lead = person(&admin, "lead").await;
    let (path, version) = (format!("/people/{}", lead["id"]), lead["version"].as_i64().unwrap());
    let (status, changed) = patch(&admin, &path, version, json!({"roles": [{"role": role["id"]}]})).await;
    assert_eq!(status, 200, "{changed}");
    let lead = hub.sign_in("lead").await;
    let import = checked(&lead, "b.csv", "账号,已停用,角色\nroot,是,\nadmin,,-\n".as_bytes()).await;
    assert_eq!((counts(&import), faults(&lead, &import).await), ([0, 1, 0, 1], vec![vec![":last_administrator".to_owned()]]), "{import}");
    assert_eq!(counts(&step(&lead, &import, "run").await), [0, 1, 0, 1]);
    assert_eq!(root.get("/people").await.0, 401, "signed out at once");
    assert_eq!(admin.get("/people").await.0, 200);
    assert_eq!(step(&lead, &import, "undo").await["counts"]["undone"], 1);
    assert_eq!(person(&admin, "root").await["disabled"], false);
    hub.stop().await;
}

#[tokio::test]
async fn the_template_offers_what_its_reader_may_give_and_says_that_there_are_no_passwords() {
    use calamine::Reader as _;
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = manager(&hub, &admin).await;
    let template = manager.request(Method::GET, "/import-kinds/people/template").send().await.unwrap().bytes().await.unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(std::io::Cursor::new(&template)).unwrap();
    let mut text = |sheet: &str| -> Vec<String> {
        let range = book.worksheet_range(sheet).unwrap();
        range.rows().flatten().map(ToString::to_string).filter(|cell| !cell.is_empty()).collect()
    };
    let offered = text("可选项");
    assert!(offered.contains(&"SH01 上海一仓".to_owned()) && !offered.iter().any(|cell| cell.contains("XH01")), "{offered:?}");
    assert!(offered.contains(&"仓库".to_owned()) && !offered.contains(&"系统管理员".to_owned()), "{offered:?}");
    let notes = text("填写说明");
    assert!(notes.iter().any(|cell| cell.contains("没有密码")), "{notes:?}");
    let import = upload(&manager, "people", "t.xlsx", &template).await;
    assert_eq!(import["unmatched"], json!([]), "{import}");
    hub.stop().await;
}
