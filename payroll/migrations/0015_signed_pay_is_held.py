from django.db import migrations

from branch.held import held

SIGNED = "('approving', 'approved', 'issued', 'filed', 'returned', 'reversing', 'reversed')"


class Migration(migrations.Migration):
    """From the first signature's moment on a run's figures and its slips stand: what goes on is its state, and who confirmed."""

    dependencies = [("payroll", "0014_settlement_without_a_slip")]

    operations = [
        held(
            "payroll_payrun",
            once=f"OLD.state IN {SIGNED}",
            free=(
                *("state", "job_id", "approval_id", "problems", "sent_at", "approved_at"),
                *("issued_on", "issued_by_id", "filing_id", "report_file_id"),
            ),
        ),
        held(
            "payroll_payslip",
            once=f"EXISTS (SELECT 1 FROM payroll_payrun r WHERE r.id = OLD.run_id AND r.state IN {SIGNED})",
            free=("current", "confirmed_at", "confirmed_by_id"),
        ),
    ]
