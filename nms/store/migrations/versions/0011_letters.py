"""Fault reports that come by mail: one letter is one report"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('fault_reports', sa.Column('letter', sa.String(), nullable=True))
    op.create_index('uq_fault_reports_letter', 'fault_reports', ['letter'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_fault_reports_letter', 'fault_reports')
    op.drop_column('fault_reports', 'letter')
