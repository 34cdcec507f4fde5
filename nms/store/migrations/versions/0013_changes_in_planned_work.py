"""Changes of configurations within planned work"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('configurations', sa.Column('changed_during', sa.String(), nullable=False, server_default=''))
    op.add_column('configuration_versions', sa.Column('during', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('configuration_versions', 'during')
    op.drop_column('configurations', 'changed_during')
