"""An index of the tickets in which something is still to be done"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ACTIVE = "status IN ('open', 'assigned', 'in-progress', 'on-hold')"


def upgrade() -> None:
    where = sa.text(ACTIVE)
    op.create_index('ix_tickets_active', 'tickets', ['id'], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index('ix_tickets_active', 'tickets')
