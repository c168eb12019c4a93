"""Pictures: one topic a file, each function from axes to axes; `registry.PICTURES` has them by name."""

from mechopt.report.pictures.allocation import allocation_map
from mechopt.report.pictures.convergence import convergence_curve
from mechopt.report.pictures.incentives import incentive_graph
from mechopt.report.pictures.interim import interim_allocation, interim_payments, interim_payoffs
from mechopt.report.pictures.property_rights import property_rights_simplex
from mechopt.report.pictures.trade_off import trade_off_curve
from mechopt.report.pictures.virtual import virtual_value_curves

__all__ = [
    "allocation_map",
    "convergence_curve",
    "incentive_graph",
    "interim_allocation",
    "interim_payments",
    "interim_payoffs",
    "property_rights_simplex",
    "trade_off_curve",
    "virtual_value_curves",
]
