"""Django looks for an app's models here; each room keeps its own."""

from branch.audit.models import AuditHead, AuditRow
from branch.calendar.models import SpecialDay
from branch.exports.models import Export
from branch.files.models import StoredFile
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.once.models import OnceToken
from branch.org.models import Branch, Company, Department, Group, Outlet, Team
from branch.parameters.models import ParameterValue
from branch.people.models import (
    Engagement,
    GradeHolding,
    Leadership,
    Person,
    Posting,
    RecoveryCode,
    RoleHolding,
    SecondFactor,
    SignInAttempt,
)
from branch.serials.models import SerialCounter

__all__ = [
    "AuditHead",
    "AuditRow",
    "Branch",
    "Company",
    "Department",
    "Engagement",
    "Export",
    "GradeHolding",
    "Group",
    "Job",
    "Leadership",
    "Notice",
    "OnceToken",
    "Outlet",
    "ParameterValue",
    "Person",
    "Posting",
    "RecoveryCode",
    "RoleHolding",
    "SecondFactor",
    "SerialCounter",
    "SignInAttempt",
    "SpecialDay",
    "StoredFile",
    "Team",
]
