"""Tickets elsewhere by the time of their turn; those of which everything was told sleep"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_ticket_remotes_due', 'ticket_remotes', ['system', 'due_at'])


def downgrade() -> None:
    op.execute(sa.text('UPDATE ticket_remotes SET due_at = 0 WHERE due_at > 1e12'))
    op.drop_index('ix_ticket_remotes_due', 'ticket_remotes')
