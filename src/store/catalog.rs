//! Products, variants, stock.
