//! The customer's way in the store: a lead goes through the gates of its stages, its quote is priced by options, the contract is signed once
//! the discount is approved, money is held and applied, two guides share the order, and its confirmation reserves the goods.

use jiff::ToSpan as _;
use qitao_domain::quantity::{Money, Quantity};
use qitao_tests::group::Group;
use qitao_tests::shift::until;
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::figures::Figures;
use crate::goods::Goods;
use crate::people::{Somebody, Staff, notice};
use crate::telling::{Failure, Story, chapter, say, text};

/// What the customer is called, where she lives, whom to call.
pub const CUSTOMER: (&str, &str, &str) = ("许文静", "上海市徐汇区漕溪北路 88 号 1203 室", "18621735508");
/// The guide's own part of the order, and the colleague's, in basis points.
const SHARES: [i64; 2] = [7_000, 3_000];
/// How high the wardrobe is made, in millimetres.
const HEIGHT: i64 = 2_400;
/// What the guide gives off the wardrobe: more than the price list lets a guide give.
const DISCOUNT: i64 = 1_200;

/// What the customer bought, as far as it is told.
pub struct Sale {
    /// The customer.
    pub customer: i64,
    /// The store.
    pub store: i64,
    /// What the quote comes to.
    pub quoted: Money,
    /// The contract.
    pub contract: i64,
    /// The order.
    pub order: i64,
    /// Its number that people say.
    pub code: String,
    /// What was paid before the goods came.
    pub deposit: Money,
    /// Who has which part of it: person, amount.
    pub parts: [(i64, Money); 2],
}

/// An amount as the hub writes it.
pub fn money(value: &Value) -> Result<Money, Failure> {
    Ok(value.as_str().ok_or_else(|| format!("{value} is no amount"))?.parse()?)
}

/// The number of a record.
pub fn number(record: &Value) -> Result<i64, Failure> {
    record["id"].as_i64().ok_or_else(|| format!("{record} has no number").into())
}

/// Head office lets the wardrobe be made to measure, and the store's group hear of what is won.
pub async fn prepare(staff: &Staff, goods: &Goods, group: &Group, story: &mut Story) -> Result<(), Failure> {
    chapter("总部设置", "head office prepares: options with price formulas, the store's group");
    let api = &staff.head.api;
    let model = api.get("/option-models/wardrobe").await?;
    let mut changed = model["published"].clone();
    changed["items"] = json!([goods.wardrobe.code]);
    let drafted = api.replace("/option-models/wardrobe", &model["version"], &changed).await?;
    api.act("/option-models/wardrobe/publish", &drafted["version"], &json!({})).await?;
    story.did(&staff.head, &format!("发布选配模型：{}", goods.wardrobe.name), "publishes the option model", "/settings/models/wardrobe");
    let channel =
        json!({"name": "门店战报群", "way": "feishu", "target": group.url(), "organisation": staff.guide.place, "kinds": ["win_report"]});
    api.post("/channels", &channel).await?;
    story.did(&staff.head, "接入门店战报群", "connects the store's group", "/settings/channels");
    Ok(())
}

/// Hangs a file of a kind on a record.
async fn attach(by: &Somebody, record: &str, kind: &str, name: &str) -> Result<(), Failure> {
    by.api.upload(&format!("{record}/files?kind={kind}"), &[], name, name.as_bytes()).await?;
    Ok(())
}

/// Moves an opportunity as it is now.
async fn go(by: &Somebody, opportunity: &str, to: &str) -> Result<Result<Value, qitao_tests::api::ApiError>, Failure> {
    let now = by.api.get(opportunity).await?;
    Ok(by.api.act(&format!("{opportunity}/move"), &now["version"], &json!({"to": to})).await)
}

/// From the first word to the order, written and shared.
pub async fn sell(staff: &Staff, goods: &Goods, story: &mut Story) -> Result<Sale, Failure> {
    let guide = &staff.guide;
    let api = &guide.api;
    chapter("商机", "a lead and its stages: each gate names what is missing");
    let (name, address, phone) = CUSTOMER;
    let told = json!({"name": name, "phone": phone, "address": address, "gender": "female", "source": "store", "tags": ["style.modern"]});
    let made = api.post("/customers", &told).await?;
    let (customer, store) = (number(&made)?, made["organisation"].as_i64().unwrap_or_default());
    story.holds("class of the new customer", text(&made["class"]), "prospect".to_owned());
    story.did(guide, &format!("登记客户 {name}"), "writes a customer down", &format!("/customers/{customer}"));
    let lead = json!({"customer": customer, "title": "主卧衣柜", "amount": "12000.00"});
    let opportunity = number(&api.post("/opportunities", &lead).await?)?;
    let path = format!("/opportunities/{opportunity}");
    for stage in ["contact", "design"] {
        story.holds("stage", text(&go(guide, &path, stage).await??["stage"]), stage.to_owned());
    }
    story.did(guide, "商机推进到方案设计", "leads the opportunity to design", &path);
    story.refused(guide, "推进到报价确认 on to quoting", go(guide, &path, "quote").await?, "stage_gate")?;
    attach(guide, &path, "design_sketch", "设计草图.txt").await?;
    story.holds("stage", text(&go(guide, &path, "quote").await??["stage"]), "quote".to_owned());
    story.did(guide, "上传设计草图，推进到报价确认", "attaches the sketch and goes on", "");

    chapter("选配报价", "a quote by options, its price explained term by term");
    let width = goods.wardrobe.width()?;
    let sizes = json!({"width": width.to_string(), "height": HEIGHT.to_string()});
    let configuration = json!({"parameters": sizes, "options": {"board": "ply", "door": "hinged"}});
    let mut asked = configuration.clone();
    asked["item"] = json!(goods.wardrobe.id);
    let offer = api.post("/configurations/price", &asked).await?["offer"].clone();
    let terms = offer["terms"].as_array().cloned().unwrap_or_default();
    let mut sum = 0;
    for term in &terms {
        let fen = term["amount_fen"].as_i64().unwrap_or_default();
        say(&format!("    {} {}: {} = ¥{}", text(&term["title"]), text(&term["title_en"]), text(&term["worked"]), Money::from_raw(fen)));
        sum += fen;
    }
    // By the square metre: plywood at 1,380.00, hinged doors at 480.00.
    let price = width * HEIGHT * (1_380 + 480) / 10_000;
    story.holds("option price in fen", (offer["unit_price_fen"].as_i64(), sum, terms.len()), (Some(price), price, 2));
    let lines = json!([
        {"item": goods.wardrobe.id, "configuration": configuration, "quantity": "1", "discount": DISCOUNT, "spec": format!("{width} × {HEIGHT}，多层实木")},
        {"item": goods.small.id, "quantity": "1"},
    ]);
    let quote = api.post("/quotes", &json!({"customer": customer, "opportunity": opportunity, "lines": lines})).await?;
    let quoted = money(&quote["amount"])?;
    let of_lines = quote["lines"].as_array().into_iter().flatten().map(|line| money(&line["amount"])).sum::<Result<Money, _>>()?;
    story.holds("amount of the quote's lines", of_lines, quoted);
    story.holds(
        "discounted wardrobe",
        money(&quote["lines"][0]["amount"])?,
        Money::from_raw((price * (10_000 - DISCOUNT) + 5_000) / 10_000),
    );
    story.holds("the discount is to be approved", &quote["needs_approval"], &json!(true));
    let (code, id) = (text(&quote["code"]), number(&quote)?);
    story.did(guide, &format!("报价 {code}：衣柜和{}，¥{quoted}", goods.small.name), "quotes both", &format!("/quotes/{id}"));
    attach(guide, &path, "signed_quote", "客户签字.txt").await?;
    story.holds("the lead is won", text(&go(guide, &path, "contract").await??["state"]), "won".to_owned());
    story.did(guide, "客户签字，商机成交", "the customer signs, the lead is won", &path);

    let contract = agree(staff, story, (id, quoted)).await?;
    let signed = api.get(&format!("/contracts/{contract}")).await?;
    let order = number(&signed["orders"][0])?;

    chapter("预收款与分成", "money before the goods; two guides share the order");
    let deposit = Money::from_raw(quoted.raw() * 3 / 10);
    let (account, on_order) = (format!("/customers/{customer}/account"), format!("/orders/{order}"));
    let money_in = json!({"amount": deposit.to_string(), "method": "wechat", "reference": "WX-0001"});
    api.post(&format!("/customers/{customer}/payments"), &money_in).await?;
    story.holds("held for the customer", money(&api.get(&account).await?["held"])?, deposit);
    story.did(
        guide,
        &format!("收定金 ¥{deposit}，记在客户账上"),
        "takes the deposit, held for the customer",
        &format!("/customers/{customer}"),
    );
    let applied = json!({"amount": deposit.to_string(), "to": order});
    api.post(&format!("/customers/{customer}/payments/move"), &applied).await?;
    let shown = api.get(&on_order).await?;
    story.holds("held and paid", (money(&api.get(&account).await?["held"])?, money(&shown["paid"])?), (Money::ZERO, deposit));
    let instalment = &api.get(&format!("/contracts/{contract}")).await?["instalments"][0];
    story.holds("the first instalment is paid", money(&instalment["paid"])?, deposit);
    story.did(guide, "定金用到订单上", "applies it to the order", &on_order);

    let promised = jiff::Zoned::now().date().saturating_add(14.days()).to_string();
    let people = [guide.id, staff.colleague.0];
    let splits: Vec<Value> = people.iter().zip(SHARES).map(|(person, share)| json!({"person": person, "share": share})).collect();
    let order_now = api.patch(&on_order, &shown["version"], &json!({"splits": splits, "promised_on": promised})).await?;
    let part = |n: usize| money(&order_now["splits"][n]["amount"]);
    let parts = [(people[0], part(0)?), (people[1], part(1)?)];
    story.holds("parts of the order together", parts[0].1 + parts[1].1, quoted);
    story.did(guide, &format!("与 {} 分成 70:30：¥{} + ¥{}", staff.colleague.1, parts[0].1, parts[1].1), "shares the order", &on_order);
    Ok(Sale { customer, store, quoted, contract, order, code: text(&order_now["code"]), deposit, parts })
}

/// The contract of a quote, signed with its files once the store's leader approves the discount; its number.
async fn agree(staff: &Staff, story: &mut Story, (quote, amount): (i64, Money)) -> Result<i64, Failure> {
    let Staff { guide, leader, .. } = staff;
    chapter("合同", "the contract: files, and a discount that the store's leader approves");
    let deposit = Money::from_raw(amount.raw() * 3 / 10);
    let instalments = json!([
        {"name": "定金", "amount": deposit.to_string()},
        {"name": "尾款", "amount": (amount - deposit).to_string()},
    ]);
    let draft = json!({"quote": quote, "terms": "交货前付清，含送货安装。", "instalments": instalments});
    let contract = number(&guide.api.post("/contracts", &draft).await?)?;
    let path = format!("/contracts/{contract}");
    let now = async |by: &Somebody| by.api.get(&path).await.map(|contract| contract["version"].clone());
    story.refused(guide, "签订 sign", guide.api.act(&format!("{path}/sign"), &now(guide).await?, &json!({})).await, "contract_files")?;
    attach(guide, &path, "contract_scan", "合同扫描.txt").await?;
    attach(guide, &path, "final_design", "终稿.txt").await?;
    let answer = guide.api.act(&format!("{path}/sign"), &now(guide).await?, &json!({})).await;
    story.refused(guide, "折扣 12% 签订 sign with 12 % off", answer, "discount_approval")?;
    let title = notice(leader, "discount_asked").await?;
    let approved = json!({"approve": true, "note": "老小区团购"});
    leader.api.act(&format!("{path}/approval"), &now(leader).await?, &approved).await?;
    story.did(leader, &format!("收到“{title}”，批准折扣"), "is told of it and approves", &path);
    let title = notice(guide, "discount_judged").await?;
    let signed = guide.api.act(&format!("{path}/sign"), &now(guide).await?, &json!({})).await?;
    story.holds("the contract", (text(&signed["state"]), money(&signed["amount"])?), ("signed".to_owned(), amount));
    story.holds("its orders", signed["orders"].as_array().map(Vec::len), Some(1));
    story.did(guide, &format!("收到“{title}”，签订 {}", text(&signed["code"])), "signs; the order is made of it", &path);
    Ok(contract)
}

/// The guide confirms: the goods are held, a pick is made at the warehouse, and everybody who should hears of the sale; the pick.
pub async fn confirm(staff: &Staff, goods: &Goods, sale: &Sale, group: &Group, story: &mut Story) -> Result<(Value, Figures), Failure> {
    let guide = &staff.guide;
    chapter("确认订单", "the order is confirmed: goods reserved, a pick at the warehouse, the sale on every screen");
    let before = Figures::read(staff, sale).await?;
    let promised = async || -> Result<(Value, Quantity), Failure> {
        let found = guide.api.get(&format!("/availability?item={}", goods.wardrobe.id)).await?;
        let here = found["sites"].as_array().and_then(|sites| sites.iter().find(|site| site["site"] == goods.site)).cloned();
        let here = here.ok_or("the store does not sell from the warehouse")?;
        Ok((here["name"].clone(), text(&here["reserved"]).parse()?))
    };
    let (site, reserved) = promised().await?;
    let path = format!("/orders/{}", sale.order);
    let version = guide.api.get(&path).await?["version"].clone();
    let order = guide.api.act(&format!("{path}/confirm"), &version, &json!({})).await?;
    let found = (&order["state"], &order["reserved"], &order["site"]);
    story.holds("the order", found, (&json!("confirmed"), &json!(true), &json!(goods.site)));
    story.holds("reserved wardrobes", promised().await?.1, reserved + Quantity::ONE);
    let pick = order["pick"].clone();
    let said = format!("确认 {}，{} 预留，拣货 {}", sale.code, text(&site), text(&pick["number"]));
    story.did(guide, &said, "confirms; the goods are held for her", &path);

    until("the group to hear of the sale", PATIENCE, || async { group.told().iter().any(|(_, text)| text.contains(&sale.code)) }).await?;
    let told: Vec<_> = group.told().into_iter().filter(|(_, text)| text.contains(&sale.code)).collect();
    let (title, body) = told.first().cloned().unwrap_or_default();
    story.holds("the group is told once", told.len(), 1);
    story.holds("the group hears how much", title.replace(',', "").contains(&sale.quoted.to_string()), true);
    story.holds("the group hears who", body.contains(&guide.name) && body.contains(&staff.colleague.1), true);
    story.holds("the group hears nothing of the customer", [CUSTOMER.0, CUSTOMER.2].iter().any(|word| body.contains(word)), false);
    story.steps += 1;
    say(&format!("  ✓ 战报群 the store's group hears: {title} | {}", body.replace('\n', " | ")));
    before.again(staff, sale).await?.came_to(&before, sale, story);
    story.did(
        &staff.analyst,
        &format!("看板 +¥{}，销售、门店、个人、成交播报一致", sale.quoted),
        "sees it on dashboard and wall",
        "/figures",
    );
    story.look("/wall");
    Ok((pick, before))
}
