//! What several tests need to call a tool by itself.

use std::sync::LazyLock;

use attendant::customers::Customers;
use attendant::domain::ids::ConversationId;
use attendant::knowledge::Knowledge;
use attendant::knowledge::catalog::Catalog;
use attendant::shop::Shop;
use attendant::tools::ToolContext;

static CONVERSATION: LazyLock<ConversationId> = LazyLock::new(|| ConversationId::new("c_test"));
static CUSTOMERS: LazyLock<Customers> = LazyLock::new(|| Customers::embedded().unwrap());

/// A call of somebody who has proved nothing and written nothing, in the conversation `c_test`.
pub fn context<'a>(shop: &'a Shop, knowledge: &'a Knowledge) -> ToolContext<'a> {
    ToolContext {
        shop,
        knowledge,
        customers: &CUSTOMERS,
        // A test's catalogue lives as long as its process.
        catalog: Box::leak(Box::new(Catalog::new(shop.store.clone()))),
        clock: &shop.clock,
        secret: &[7; 32],
        conversation: &CONVERSATION,
        orders: None,
        customer: None,
        shopper_wrote: "",
    }
}
