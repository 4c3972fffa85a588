//! The dashboard's figures of the day and the lists behind them, before and after; and the day's money, tied out.

use qitao_domain::quantity::Money;
use serde_json::{Value, json};

use crate::people::Staff;
use crate::selling::{Sale, money};
use crate::telling::{Failure, Story, chapter, say, text};

/// What the head office sees: of everything, of the store, of the two guides.
pub struct Figures {
    /// Since when they count: the day on which they were first read, as the dashboard has it.
    from: String,
    /// Orders and sales of the chain.
    chain: (i64, Money),
    /// Orders and sales of the store.
    store: (i64, Money),
    /// The same of the list behind the store's figure.
    listed: (i64, Money),
    /// What the two guides have of all orders.
    parts: [Money; 2],
    /// Surveys that customers answered.
    answers: i64,
    /// The last sale that is called out: order and amount.
    last: (Value, Value),
}

impl Figures {
    /// Reads them as the dashboard does.
    pub async fn read(staff: &Staff, sale: &Sale) -> Result<Self, Failure> {
        Self::since(staff, sale, None).await
    }

    /// Reads them again, from the day on which these were read: midnight may have passed.
    pub async fn again(&self, staff: &Staff, sale: &Sale) -> Result<Self, Failure> {
        Self::since(staff, sale, Some(&self.from)).await
    }

    async fn since(staff: &Staff, sale: &Sale, from: Option<&str>) -> Result<Self, Failure> {
        let api = &staff.analyst.api;
        let from = from.map(|from| format!("from={from}&")).unwrap_or_default();
        let chain = api.get(&format!("/figures/sales?{from}")).await?;
        let store = api.get(&format!("/figures/sales?{from}below={}", sale.store)).await?;
        let sums = |of: &Value| -> Result<(i64, Money), Failure> { Ok((of["orders"].as_i64().unwrap_or_default(), money(&of["sales"])?)) };
        let list = format!("/orders/sum?counted=true&from={}&to={}", text(&chain["from"]), text(&chain["to"]));
        let listed = api.get(&format!("{list}&below={}", sale.store)).await?;
        let part = async |person: i64| -> Result<Money, Failure> { money(&api.get(&format!("{list}&person={person}")).await?["part"]) };
        let now = api.get("/figures/now").await?;
        let answers = staff.leader.api.get("/surveys/figures").await?["all"]["answers"].as_i64().unwrap_or_default();
        Ok(Self {
            from: text(&chain["from"]),
            chain: sums(&chain["all"])?,
            store: sums(&store["all"])?,
            listed: (listed["orders"].as_i64().unwrap_or_default(), money(&listed["amount"])?),
            parts: [part(sale.parts[0].0).await?, part(sale.parts[1].0).await?],
            answers,
            last: (now["wins"][0]["order"].clone(), now["wins"][0]["amount"].clone()),
        })
    }

    /// These are those before and the one sale, to the fen, and every figure is what its list holds.
    pub fn came_to(&self, before: &Self, sale: &Sale, story: &mut Story) {
        let with = |(orders, sales): (i64, Money)| (orders + 1, sales + sale.quoted);
        story.holds("sales of the chain", self.chain, with(before.chain));
        story.holds("sales of the store", self.store, with(before.store));
        story.holds("the list behind the store's sales", self.listed, self.store);
        for n in 0..2 {
            story.holds("a guide's part", self.parts[n], before.parts[n] + sale.parts[n].1);
        }
        story.holds("the sale that is called out", &self.last, &(json!(sale.order), json!(sale.quoted.to_string())));
    }
}

/// The end of the day: everything that speaks of the sale says the same, to the fen.
pub async fn close(staff: &Staff, sale: &Sale, before: &Figures, story: &mut Story) -> Result<(), Failure> {
    chapter("一日对账", "the day is tied out: quote, contract, order, money, shares, dashboard");
    let api = &staff.guide.api;
    let (order, contract) = (api.get(&format!("/orders/{}", sale.order)).await?, api.get(&format!("/contracts/{}", sale.contract)).await?);
    let account = api.get(&format!("/customers/{}/account", sale.customer)).await?;
    let customer = api.get(&format!("/customers/{}", sale.customer)).await?;
    let paid = |of: &Value, name: &str| -> Result<Money, Failure> {
        of.as_array().into_iter().flatten().map(|one| money(&one[name])).sum::<Result<Money, _>>()
    };
    for (what, found) in [
        ("amount of the order", money(&order["amount"])?),
        ("its lines", paid(&order["lines"], "amount")?),
        ("its shares", paid(&order["splits"], "amount")?),
        ("paid of the order", money(&order["paid"])?),
        ("amount of the contract", money(&contract["amount"])?),
        ("paid of its instalments", paid(&contract["instalments"], "paid")?),
        ("received of the customer", money(&account["received"])?),
        ("applied of it", money(&account["applied"])?),
    ] {
        story.holds(what, found, sale.quoted);
    }
    story.holds("left in the customer's account", money(&account["held"])?, Money::ZERO);
    let states = (text(&order["state"]), text(&contract["state"]), text(&customer["class"]));
    story.holds("order, contract, customer", states, ("completed".to_owned(), "done".to_owned(), "regular".to_owned()));
    let now = before.again(staff, sale).await?;
    now.came_to(before, sale, story);
    story.holds("answered surveys", now.answers, before.answers + 1);
    say(&format!(
        "  报价 quote = 合同 contract = 订单 order = 收款 received = 分成 shares = 看板 dashboard: ¥{}\n  今天全公司 the whole chain today: {} 单 orders, ¥{}",
        sale.quoted, now.chain.0, now.chain.1
    ));
    Ok(())
}
