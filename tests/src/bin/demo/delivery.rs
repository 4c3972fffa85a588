//! From the warehouse's door to the customer's word: the balance is paid, the goods leave, the installer does the visit as their phone sends it,
//! the customer answers, and somebody of the store calls her.

use image::{ImageFormat, Rgb, RgbImage};
use qitao_tests::api::Api;
use qitao_tests::process::HubProcess;
use qitao_tests::shift::until;
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::goods::Goods;
use crate::people::{Staff, notice};
use crate::selling::{CUSTOMER, Sale, money, number};
use crate::shift::Shift;
use crate::telling::{Failure, Story, chapter, text};

/// Where the customer lives, as a phone tells it: latitude and longitude in tenths of a microdegree.
const HOME: (i64, i64) = (311_883_000, 1_214_368_000);

/// The balance is paid and the goods leave.
pub async fn ship(staff: &Staff, sale: &Sale, shift: &mut Shift<'_>, story: &mut Story) -> Result<(), Failure> {
    let Staff { guide, leader, dispatcher, .. } = staff;
    chapter("尾款与发货", "the balance is paid, the goods leave");
    let path = format!("/orders/{}", sale.order);
    until("the pick to reach the hub", PATIENCE, || async {
        guide.api.get(&path).await.is_ok_and(|order| order["pick"]["state"] == "finished")
    })
    .await?;
    let order = guide.api.get(&path).await?;
    let pick = &order["pick"];
    story.holds("the pick", (&pick["complete"], &pick["done"]), (&json!(true), &pick["asked"]));
    let rest = sale.quoted - sale.deposit;
    let body = json!({"amount": rest.to_string(), "method": "pos", "order": sale.order});
    guide.api.post(&format!("/customers/{}/payments", sale.customer), &body).await?;
    let order = guide.api.get(&path).await?;
    story.holds("paid of the order", money(&order["paid"])?, sale.quoted);
    story.did(guide, &format!("收尾款 ¥{rest}，订单付清"), "takes the balance", &path);
    let early = guide.api.act(&format!("{path}/ship"), &order["version"], &json!({})).await;
    story.refused(guide, "发货 ship", early, "role")?;
    let shipped = leader.api.act(&format!("{path}/ship"), &order["version"], &json!({})).await?;
    story.holds("the order", (text(&shipped["state"]), &shipped["reserved"]), ("shipped".to_owned(), &json!(false)));
    shift.shipped();
    story.did(leader, &format!("{} 齐套发货", sale.code), "ships the complete set", &path);
    let title = notice(dispatcher, "delivery_waits").await?;
    story.did(dispatcher, &format!("收到“{title}”"), "is told that a delivery is to be planned", "/orders?unplanned=true");
    Ok(())
}

/// A phone that sends what its installer did with one ticket.
struct Phone<'a> {
    api: &'a Api,
    ticket: i64,
    version: i64,
}

impl Phone<'_> {
    /// Sends one operation; what became of it.
    async fn send(&self, act: &str, payload: Value) -> Result<Value, Failure> {
        let (id, made_ms) = (format!("{:032x}", rand::random::<u128>()), jiff::Timestamp::now().as_millisecond());
        let operation =
            json!({"id": id, "ticket": self.ticket, "version": self.version, "act": act, "payload": payload, "made_ms": made_ms});
        Ok(self.api.post("/field/operations", &json!({"operations": [operation]})).await?["answers"][0].clone())
    }

    /// Sends what has to be taken.
    async fn did(&mut self, act: &str, payload: Value) -> Result<(), Failure> {
        let answer = self.send(act, payload).await?;
        self.version = match (answer["outcome"].as_str(), answer["version"].as_i64()) {
            (Some("applied"), Some(version)) => version,
            _ => return Err(format!("the phone's {act} was not taken: {answer}").into()),
        };
        Ok(())
    }

    /// Sends a picture.
    async fn picture(&self, kind: &str, picture: &RgbImage) -> Result<(), Failure> {
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png)?;
        let path = format!("/field/files?operation={:032x}&ticket={}&kind={kind}", rand::random::<u128>(), self.ticket);
        self.api.upload(&path, &[], &format!("{kind}.png"), png.get_ref()).await?;
        Ok(())
    }
}

/// A wardrobe against a wall.
fn photo() -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| match (x, y) {
        (60..580, 40..440) if (x - 60) % 104 < 3 || y < 44 => Rgb([84, 62, 44]),
        (60..580, 40..440) if (x - 60) % 104 > 88 && (200..260).contains(&y) => Rgb([210, 200, 180]),
        (60..580, 40..440) => Rgb([146, 110, 78]),
        (_, 440..) => Rgb([176, 160, 140]),
        _ => Rgb([232, 230, 224]),
    })
}

/// A line drawn by a finger.
fn signature() -> RgbImage {
    let stroke = |x: u32| 80.0 + 45.0 * (f64::from(x) / 22.0).sin() * (f64::from(x) / 90.0).cos();
    RgbImage::from_fn(400, 160, |x, y| {
        let ink = (30..370).contains(&x) && (f64::from(y) - stroke(x)).abs() < 3.5;
        if ink { Rgb([20, 30, 60]) } else { Rgb([255, 255, 255]) }
    })
}

/// A ticket for the installer; the visit, with photo, cartons and signature; what the customer says of it.
pub async fn install(hub: &HubProcess, staff: &Staff, goods: &Goods, sale: &Sale, story: &mut Story) -> Result<(), Failure> {
    let Staff { dispatcher, installer, leader, .. } = staff;
    chapter("送货安装", "delivery and installation: dispatched, visited, signed");
    let told = json!({"kind": "delivery_install", "organisation": sale.store, "customer": sale.customer, "order": sale.order,
        "item": goods.wardrobe.id, "problem": "送货上楼并安装衣柜",
        "goods": [{"item": goods.wardrobe.id, "quantity": 1}, {"item": goods.small.id, "quantity": 1}]});
    let made = dispatcher.api.post("/tickets", &told).await?;
    let (ticket, code) = (number(&made)?, text(&made["code"]));
    let path = format!("/tickets/{ticket}");
    let given = json!({"act": "dispatch", "payload": {"installer": installer.id}});
    let given = dispatcher.api.act(&format!("{path}/acts"), &made["version"], &given).await?;
    story.did(dispatcher, &format!("派单 {code} 给 {}", installer.name), "dispatches a ticket", &path);
    let title = notice(installer, "ticket_given").await?;
    let day = installer.api.get("/field/day").await?;
    let seen = day["tickets"].as_array().into_iter().flatten().find(|one| one["id"] == ticket).cloned().unwrap_or_default();
    story.holds("the phone before it is taken", text(&seen["phone"]), "186****5508".to_owned());
    story.did(installer, &format!("收到“{title}”，电话 {}", text(&seen["phone"])), "sees it, the customer still masked", "/field/");

    let mut phone = Phone { api: &installer.api, ticket, version: given["version"].as_i64().unwrap_or_default() };
    phone.did("accept", json!({})).await?;
    let taken = installer.api.get(&path).await?;
    story.holds("whom to call", (text(&taken["contact"]), text(&taken["phone"])), (CUSTOMER.0.to_owned(), CUSTOMER.2.to_owned()));
    phone.did("appoint", json!({"appointed_ms": jiff::Timestamp::now().as_millisecond() + 3_600_000})).await?;
    let place = json!({"latitude_e7": HOME.0, "longitude_e7": HOME.1});
    phone.did("check_in", json!({"place": place, "accuracy_m": 12})).await?;
    story.did(installer, "接单、预约、上门签到", "takes it, agrees when, checks in", "");
    let wrong = phone.send("scan", json!({"code": goods.other.carton(1)})).await?;
    story.holds("a carton of something else", text(&wrong["problem"]["rule"]), "carton_of_ticket".to_owned());
    for n in 1..=goods.wardrobe.cartons {
        phone.did("scan", json!({"code": goods.wardrobe.carton(n)})).await?;
    }
    phone.did("scan", json!({"code": goods.small.ean()})).await?;
    story.did(installer, &format!("扫 {} 个包件，错件被拒", goods.wardrobe.cartons + 1), "scans every carton, a wrong one is refused", "");
    phone.did("report", json!({"steps": "安装衣柜，调平柜门", "result": "客户验收"})).await?;
    let early = phone.send("complete", json!({})).await?;
    let missing = (&early["problem"]["rule"], &early["problem"]["missing"]);
    story.holds("completion without pictures", missing, (&json!("completion_needs"), &json!(["photos", "signature"])));
    phone.picture("photo", &photo()).await?;
    phone.picture("signature", &signature()).await?;
    phone.did("complete", json!({})).await?;
    let done = dispatcher.api.get(&path).await?;
    let found = (text(&done["state"]), done["photos"].as_i64(), done["signatures"].as_i64(), &done["far"]);
    story.holds("the visit", found, ("completed".to_owned(), Some(1), Some(1), &json!(false)));
    let scanned = done["cartons"].as_array().into_iter().flatten().filter(|one| one["scanned"] == 1).count();
    story.holds("its cartons", i64::try_from(scanned)?, goods.wardrobe.cartons + 1);
    story.did(installer, "照片、客户签名齐了，完工", "photo and signature, done", &path);

    chapter("评价与回访", "what the customer says: a survey without a login, and a call");
    let survey = text(&done["survey"]["link"]);
    let token = survey.split_once('#').map(|(_, token)| token).ok_or("the visit has no survey")?;
    let said = json!({"token": token, "score": 10, "satisfaction": 5, "comment": "师傅很细心"});
    let answer = reqwest::Client::new().post(format!("{}/api/v1/surveys/answer", hub.url())).json(&said).send().await?;
    if !answer.status().is_success() {
        return Err(format!("the survey was refused: {}", answer.text().await?).into());
    }
    story.holds("satisfaction", leader.api.get(&path).await?["satisfaction"].as_i64(), Some(5));
    let visits = leader.api.get(&format!("/tickets?kind=return_visit&customer={}", sale.customer)).await?;
    story.holds("return visits", (&visits["total"], &visits["items"][0]["from"]), (&json!(1), &json!(ticket)));
    let visit = &visits["items"][0];
    let called = json!({"act": "complete", "payload": {"result": "很满意，推荐给邻居", "satisfaction": 5}});
    let called = leader.api.act(&format!("/tickets/{}/acts", visit["id"]), &visit["version"], &called).await?;
    story.holds("the return visit", text(&called["state"]), "completed".to_owned());
    story.did(leader, "客户扫码评 10 分；回访 5 星", "the customer gives 10, the call 5 stars", &format!("/tickets/{}", visit["id"]));
    finish(staff, sale, story).await
}

/// The guide ends what is done.
async fn finish(staff: &Staff, sale: &Sale, story: &mut Story) -> Result<(), Failure> {
    let guide = &staff.guide;
    for path in [format!("/orders/{}", sale.order), format!("/contracts/{}", sale.contract)] {
        let version = guide.api.get(&path).await?["version"].clone();
        guide.api.act(&format!("{path}/complete"), &version, &json!({})).await?;
    }
    story.did(guide, "订单、合同完成，客户成为老客户", "ends order and contract", &format!("/customers/{}", sale.customer));
    let timeline = guide.api.get(&format!("/customers/{}/timeline?limit=100", sale.customer)).await?;
    let actions: Vec<&str> = timeline["items"].as_array().into_iter().flatten().filter_map(|line| line["action"].as_str()).collect();
    for action in ["create", "opportunity", "contract", "order", "ticket", "class"] {
        story.holds(&format!("the customer's story tells of {action}"), actions.contains(&action), true);
    }
    Ok(())
}
